# Takes: the canonical records, and for simulated ones the truth.
# Makes: cleaned records, every change with its reason, and counts of them.


rule clean_labels:
    input:
        records=rules.ingest_records.output.records,
        verdicts=lambda wildcards: layout.run.verdicts(wildcards.dataset),
    output:
        records=f"<results>/{layout.curate.RECORDS}",
        changes="<results>/{dataset}/curation/changes.parquet",
        summary="<results>/{dataset}/curation/summary.csv",
        losses="<results>/{dataset}/curation/losses.csv",
        contamination="<results>/{dataset}/curation/contamination.csv",
    log:
        logs("clean_labels", "{dataset}"),
    benchmark:
        benchmarks("clean_labels", "{dataset}")
    conda:
        "../../envs/names.yaml"
    threads: 2
    resources:
        **asks(mem_mb=8000, runtime=60),
    params:
        code=code("scripts/curate/clean_labels.py"),
        min_majority=lambda wildcards: layout.curate.min_majority(wildcards.dataset),
        min_barcode_letters=lambda wildcards: layout.run.min_barcode_letters(wildcards.dataset),
        max_lost_share=config["curate"]["max_lost_share"],
    message:
        "Clean the labels of {wildcards.dataset}"
    script:
        "../../scripts/curate/clean_labels.py"


rule score_cleaning:
    input:
        raw=rules.ingest_records.output.records,
        curated=rules.clean_labels.output.records,
        truth=lambda wildcards: layout.simulate.truth(wildcards.dataset),
    output:
        "<results>/{dataset}/tables/cleaning_scores.csv",
    log:
        logs("score_cleaning", "{dataset}"),
    benchmark:
        benchmarks("score_cleaning", "{dataset}")
    wildcard_constraints:
        dataset=any_of(layout.simulate.datasets),
    conda:
        "../../envs/tables.yaml"
    threads: 2
    resources:
        **asks(mem_mb=8000, runtime=30),
    params:
        code=code("scripts/curate/score_cleaning.py"),
    message:
        "Compare the cleaned labels of {wildcards.dataset} with the truth"
    script:
        "../../scripts/curate/score_cleaning.py"
