# Tables as pages that can be read in the report, reproduced beside published.


rule compare_published:
    input:
        reproduced="<results>/{dataset}/tables/{table}.csv",
        published=lambda wildcards: layout.published(wildcards.table),
        code=code("scripts/report/compare_published.py"),
    output:
        report(
            "<results>/{dataset}/report/{table}.html",
            caption="../report/table.rst",
            category=lambda wildcards: SECTIONS[wildcards.table],
            subcategory="{dataset}",
            labels={"what": "table", "shows": "{table}"},
        ),
    log:
        "<logs>/{dataset}/compare_published/{table}.log",
    benchmark:
        "<benchmarks>/{dataset}/compare_published/{table}.tsv"
    wildcard_constraints:
        dataset="|".join([*layout.datasets, "detect"]),  # the detectors serve all datasets
    localrule: True
    conda:
        "../../envs/tables.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    message:
        "Lay {wildcards.table} beside the published values"
    script:
        "../../scripts/report/compare_published.py"


rule summarise_cleaning:
    input:
        summary="<results>/{dataset}/curation/summary.csv",
        published=layout.own("config/published/bioscan5m_text_facts.csv"),
        code=code("scripts/report/summarise_cleaning.py"),
    output:
        report(
            "<results>/{dataset}/report/cleaning.html",
            caption="../report/cleaning.rst",
            category="1 Records",
            subcategory="{dataset}",
            labels={"what": "table", "shows": "label cleaning, step by step"},
        ),
    log:
        "<logs>/{dataset}/summarise_cleaning.log",
    benchmark:
        "<benchmarks>/{dataset}/summarise_cleaning.tsv"
    localrule: True
    conda:
        "../../envs/tables.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    message:
        "Summarise the cleaning of {wildcards.dataset}"
    script:
        "../../scripts/report/summarise_cleaning.py"


rule show_cleaning_scores:
    input:
        scores="<results>/{dataset}/tables/cleaning_scores.csv",
        code=code("scripts/report/show_cleaning_scores.py"),
    output:
        report(
            "<results>/{dataset}/report/cleaning_scores.html",
            caption="../report/cleaning_scores.rst",
            category="1 Records",
            subcategory="{dataset}",
            labels={"what": "table", "shows": "label cleaning against the truth"},
        ),
    log:
        "<logs>/{dataset}/show_cleaning_scores.log",
    benchmark:
        "<benchmarks>/{dataset}/show_cleaning_scores.tsv"
    localrule: True
    conda:
        "../../envs/tables.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    message:
        "Show how well the labels of {wildcards.dataset} were cleaned"
    script:
        "../../scripts/report/show_cleaning_scores.py"


rule list_quarantine:
    input:
        records="<results>/{dataset}/records/quarantine.parquet",
        images="<results>/{dataset}/records/images_quarantine.parquet",
        shards=lambda wildcards: layout.sharded(
            f"{layout.results}/{wildcards.dataset}/packs/quarantine/{{shard}}.parquet",
            wildcards.dataset,
        ),
        code=code("scripts/report/list_quarantine.py"),
    output:
        table="<results>/{dataset}/tables/quarantine.csv",
        page=report(
            "<results>/{dataset}/report/quarantine.html",
            caption="../report/quarantine.rst",
            category="2 Images",
            subcategory="{dataset}",
            labels={"what": "table", "shows": "what was set aside, and why"},
        ),
    log:
        "<logs>/{dataset}/list_quarantine.log",
    benchmark:
        "<benchmarks>/{dataset}/list_quarantine.tsv"
    localrule: True
    conda:
        "../../envs/tables.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    message:
        "List what was set aside of {wildcards.dataset}"
    script:
        "../../scripts/report/list_quarantine.py"
