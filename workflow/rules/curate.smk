rule clean_labels:
    input:
        records="<results>/{dataset}/records/raw.parquet",
        code=code("scripts/curate/clean_labels.py"),
    output:
        records="<results>/{dataset}/records/curated.parquet",
        changes="<results>/{dataset}/curation/changes.parquet",
        summary="<results>/{dataset}/curation/summary.csv",
    log:
        "<logs>/{dataset}/clean_labels.log",
    benchmark:
        "<benchmarks>/{dataset}/clean_labels.tsv"
    conda:
        "../../envs/tables.yaml"
    threads: 2
    resources:
        mem_mb=growing(8000),
        runtime=growing(60),
    params:
        min_majority=lambda wildcards: layout.min_majority(wildcards.dataset),
    message:
        "Clean the labels of {wildcards.dataset}"
    script:
        "../../scripts/curate/clean_labels.py"


rule score_cleaning:
    input:
        raw="<results>/{dataset}/records/raw.parquet",
        curated="<results>/{dataset}/records/curated.parquet",
        truth=lambda wildcards: layout.truth(wildcards.dataset),
        code=code("scripts/curate/score_cleaning.py"),
    output:
        "<results>/{dataset}/tables/cleaning_scores.csv",
    log:
        "<logs>/{dataset}/score_cleaning.log",
    benchmark:
        "<benchmarks>/{dataset}/score_cleaning.tsv"
    conda:
        "../../envs/tables.yaml"
    threads: 2
    resources:
        mem_mb=growing(8000),
        runtime=growing(30),
    message:
        "Compare the cleaned labels of {wildcards.dataset} with the truth"
    script:
        "../../scripts/curate/score_cleaning.py"
