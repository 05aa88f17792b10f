rule pack_photographs:
    input:
        index="<results>/{dataset}/records/images.parquet",
        boxes="<results>/{dataset}/boxes/{shard}.parquet",
        photographs=lambda wildcards: layout.photographs(wildcards.dataset),
        code=code("scripts/image/pack_photographs.py"),
    output:
        packs=expand(
            "<results>/{{dataset}}/packs/{package}/{{shard}}.h5",
            package=config["image"]["packages"],
        ),
        quarantine="<results>/{dataset}/packs/quarantine/{shard}.parquet",
    log:
        "<logs>/{dataset}/pack_photographs/{shard}.log",
    benchmark:
        "<benchmarks>/{dataset}/pack_photographs/{shard}.tsv"
    conda:
        "../../envs/photographs.yaml"
    threads: 1
    resources:
        mem_mb=8000,
        runtime=480,
    params:
        shards=lambda wildcards: layout.datasets[wildcards.dataset]["shards"],
        settings=config["image"],
    message:
        "Crop and pack {wildcards.dataset}, shard {wildcards.shard}"
    script:
        "../../scripts/image/pack_photographs.py"


rule index_package:
    input:
        packs=lambda wildcards: layout.packs(wildcards.dataset, wildcards.package),
        code=code("scripts/image/index_package.py"),
    output:
        "<results>/{dataset}/packs/{package}/index.parquet",
    log:
        "<logs>/{dataset}/index_package/{package}.log",
    benchmark:
        "<benchmarks>/{dataset}/index_package/{package}.tsv"
    localrule: True
    conda:
        "../../envs/photographs.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    message:
        "Index package {wildcards.package} of {wildcards.dataset}"
    script:
        "../../scripts/image/index_package.py"


rule draw_crops:
    input:
        index="<results>/{dataset}/records/images.parquet",
        boxes="<results>/{dataset}/boxes.parquet",
        photographs=lambda wildcards: layout.photographs(wildcards.dataset),
        code=code("scripts/image/draw_crops.py"),
    output:
        report(
            "<results>/{dataset}/figures/crops.png",
            caption="../report/crops.rst",
            category="2 Photographs",
            subcategory="{dataset}",
            labels={"what": "figure", "shows": "photographs with boxes, and their crops"},
        ),
    log:
        "<logs>/{dataset}/draw_crops.log",
    benchmark:
        "<benchmarks>/{dataset}/draw_crops.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        settings=config["image"],
    message:
        "Draw crops of {wildcards.dataset}"
    script:
        "../../scripts/image/draw_crops.py"
