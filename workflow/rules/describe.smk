rule describe_records:
    input:
        records="<results>/{dataset}/records/partitioned.parquet",
        code=code("scripts/describe/describe_records.py"),
    output:
        "<results>/{dataset}/tables/{described}.csv",
    log:
        "<logs>/{dataset}/describe_records/{described}.log",
    benchmark:
        "<benchmarks>/{dataset}/describe_records/{described}.tsv"
    wildcard_constraints:
        described="|".join(layout.counted),
    conda:
        "../../envs/tables.yaml"
    threads: 2
    resources:
        mem_mb=8000,
        runtime=30,
    params:
        counts=lambda wildcards: layout.tables(wildcards.dataset)[wildcards.described],
    message:
        "Count table {wildcards.described} of {wildcards.dataset}"
    script:
        "../../scripts/describe/describe_records.py"


rule draw_classes:
    input:
        records="<results>/{dataset}/records/partitioned.parquet",
        code=code("scripts/describe/draw_classes.py"),
    output:
        report(
            "<results>/{dataset}/figures/classes.png",
            caption="../report/classes.rst",
            category="1 Records",
            subcategory="{dataset}",
            labels={"what": "figure", "shows": "specimens of each order and family"},
        ),
        "<results>/{dataset}/figures/classes.pdf",
    log:
        "<logs>/{dataset}/draw_classes.log",
    benchmark:
        "<benchmarks>/{dataset}/draw_classes.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
    message:
        "Draw the class distribution of {wildcards.dataset}"
    script:
        "../../scripts/describe/draw_classes.py"
