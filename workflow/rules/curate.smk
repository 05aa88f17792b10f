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
        mem_mb=16000,
        runtime=60,
    params:
        min_majority=config["curate"]["min_majority"],
    message:
        "Clean the labels of {wildcards.dataset}"
    script:
        "../../scripts/curate/clean_labels.py"
