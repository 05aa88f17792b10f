# Takes: the tables of all stages, and the published ones.
# Makes: pages of the report: tables beside published values, what cleaning did, what was set aside.


rule compare_published:
    input:
        reproduced="<results>/{dataset}/tables/{table}.csv",
        published=lambda wildcards: layout.run.published(wildcards.table),
        # Counted, where a table of what was found may have no rows.
        records=lambda wildcards: (
            expand(rules.ingest_records.output.records, **wildcards)
            if artefacts[wildcards.table].nothing
            else []
        ),
    output:
        report(**artefacts.page("{table}")),
    log:
        logs("compare_published", "{dataset}.{table}"),
    benchmark:
        benchmarks("compare_published", "{dataset}.{table}")
    wildcard_constraints:
        # The detectors serve all datasets.
        dataset=any_of([*layout.run.datasets, layout.detect.FOLDER]),
        table=any_of(artefacts.names(kind="table")),
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        code=code("scripts/report/compare_published.py"),
        artefact="{table}",
        described=lambda wildcards: artefacts[wildcards.table].shown_as(wildcards),
        source=lambda wildcards: layout.report.sources().get(wildcards.dataset, "own"),
    message:
        "Lay {wildcards.table} beside the published values"
    script:
        "../../scripts/report/compare_published.py"


rule summarise_cleaning:
    input:
        summary=rules.clean_labels.output.summary,
        losses=rules.clean_labels.output.losses,
        published=layout.run.own("config/published/bioscan5m_text_facts.csv"),
    output:
        page=report(**artefacts.page("cleaning")),
        # By the names of the published numbers, for the ledger.
        table="<results>/{dataset}/tables/cleaning.csv",
    log:
        logs("summarise_cleaning", "{dataset}"),
    benchmark:
        benchmarks("summarise_cleaning", "{dataset}")
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        code=code("scripts/report/summarise_cleaning.py"),
        artefact="cleaning",
        title=lambda wildcards: f"{wildcards.dataset}: {artefacts['cleaning'].title}",
        cleaned=lambda wildcards: layout.run.datasets[wildcards.dataset]["clean"],
    message:
        "Summarise the cleaning of {wildcards.dataset}"
    script:
        "../../scripts/report/summarise_cleaning.py"


rule show_cleaning_scores:
    input:
        scores=rules.score_cleaning.output[0],
    output:
        report(**artefacts.page("cleaning_scores")),
    log:
        logs("show_cleaning_scores", "{dataset}"),
    benchmark:
        benchmarks("show_cleaning_scores", "{dataset}")
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        code=code("scripts/report/show_cleaning_scores.py"),
        artefact="cleaning_scores",
        title=lambda wildcards: f"{wildcards.dataset}: {artefacts['cleaning_scores'].title}",
    message:
        "Show how well the labels of {wildcards.dataset} were cleaned"
    script:
        "../../scripts/report/show_cleaning_scores.py"


rule list_quarantine:
    input:
        records=rules.ingest_records.output.quarantine,
        images=lambda wildcards: [*layout.ingest.quarantine(wildcards.dataset)],
        shards=lambda wildcards: [*layout.image.quarantine(wildcards.dataset)],
    output:
        table="<results>/{dataset}/tables/quarantine.csv",
        page=report(**artefacts.page("quarantine")),
    log:
        logs("list_quarantine", "{dataset}"),
    benchmark:
        benchmarks("list_quarantine", "{dataset}")
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        code=code("scripts/report/list_quarantine.py"),
        artefact="quarantine",
        title=lambda wildcards: f"{wildcards.dataset}: {artefacts['quarantine'].title}",
        # What the rows of each table are of, in the order of the inputs.
        kinds=lambda wildcards: [
            "record",
            *layout.ingest.quarantine(wildcards.dataset).values(),
            *layout.image.quarantine(wildcards.dataset).values(),
        ],
    message:
        "List what was set aside of {wildcards.dataset}"
    script:
        "../../scripts/report/list_quarantine.py"


include: "report_run.smk"
