rule partition_records:
    input:
        records="<results>/{dataset}/records/curated.parquet",
        code=code("scripts/partition/partition_records.py"),
    output:
        records="<results>/{dataset}/records/partitioned.parquet",
    log:
        "<logs>/{dataset}/partition_records.log",
    benchmark:
        "<benchmarks>/{dataset}/partition_records.tsv"
    conda:
        "../../envs/tables.yaml"
    threads: 2
    resources:
        mem_mb=growing(8000),
        runtime=growing(30),
    params:
        format=lambda wildcards: layout.datasets[wildcards.dataset]["format"],
        settings=layout.partition_settings,
    message:
        "Divide {wildcards.dataset} into splits"
    script:
        "../../scripts/partition/partition_records.py"
