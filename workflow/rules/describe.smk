# All tables of a dataset are made in one job, from one read of its records. Which tables there are
# depends on the format, so the rule is given once a format.


rule describe_records:
    input:
        records="<results>/{dataset}/records/partitioned.parquet",
        code=code("scripts/describe/describe_records.py"),
    output:
        expand("<results>/{{dataset}}/tables/{name}.csv", name=TABLES["bioscan5m"]),
    log:
        "<logs>/{dataset}/describe_records.log",
    benchmark:
        "<benchmarks>/{dataset}/describe_records.tsv"
    wildcard_constraints:
        dataset=layout.only("bioscan5m"),
    conda:
        "../../envs/tables.yaml"
    threads: 2
    resources:
        mem_mb=growing(8000),
        runtime=growing(30),
    message:
        "Count the records of {wildcards.dataset} for all its tables"
    script:
        "../../scripts/describe/describe_records.py"


use rule describe_records as describe_records_bioscan1m with:
    output:
        expand("<results>/{{dataset}}/tables/{name}.csv", name=TABLES["bioscan1m"]),
    wildcard_constraints:
        dataset=layout.only("bioscan1m"),


use rule describe_records as describe_records_folder with:
    output:
        expand("<results>/{{dataset}}/tables/{name}.csv", name=TABLES["folder"]),
    wildcard_constraints:
        dataset=layout.only("folder"),


rule draw_figure:
    input:
        records="<results>/{dataset}/records/partitioned.parquet",
        # The outlines that the maps are drawn on, which the library reads.
        outlines=layout.own("workflow/lib/bioscan/describe/world.geojson"),
        code=code("scripts/describe/draw_figure.py"),
    output:
        report(
            "<results>/{dataset}/figures/{figure}.png",
            caption="../report/figure.rst",
            category=lambda wildcards: SECTIONS[wildcards.figure],
            subcategory="{dataset}",
            labels={"what": "figure", "shows": "{figure}"},
        ),
        "<results>/{dataset}/figures/{figure}.pdf",
    log:
        "<logs>/{dataset}/draw_figure/{figure}.log",
    benchmark:
        "<benchmarks>/{dataset}/draw_figure/{figure}.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    message:
        "Draw {wildcards.figure} of {wildcards.dataset}"
    script:
        "../../scripts/describe/draw_figure.py"
