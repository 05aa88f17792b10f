rule pack_images:
    input:
        index="<results>/{dataset}/records/images.parquet",
        boxes="<results>/{dataset}/boxes/{shard}.parquet",
        images=lambda wildcards: layout.images(wildcards.dataset),
        code=code("scripts/image/pack_images.py"),
    output:
        packs=expand(
            "<results>/{{dataset}}/packs/{package}/{{shard}}.h5",
            package=config["image"]["packages"],
        ),
        quarantine="<results>/{dataset}/packs/quarantine/{shard}.parquet",
    log:
        "<logs>/{dataset}/pack_images/{shard}.log",
    benchmark:
        "<benchmarks>/{dataset}/pack_images/{shard}.tsv"
    conda:
        "../../envs/images.yaml"
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=growing(480),
    params:
        shards=lambda wildcards: layout.datasets[wildcards.dataset]["shards"],
        settings=config["image"],
    message:
        "Crop and pack {wildcards.dataset}, shard {wildcards.shard}"
    script:
        "../../scripts/image/pack_images.py"


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
        "../../envs/images.yaml"
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
        images=lambda wildcards: layout.images(wildcards.dataset),
        code=code("scripts/image/draw_crops.py"),
    output:
        report(
            "<results>/{dataset}/figures/{sheet}.png",
            caption="../report/crops.rst",
            category="2 Images",
            subcategory="{dataset}",
            labels=lambda wildcards: {
                "what": "figure",
                "shows": {
                    "crops": "images with boxes, and their crops",
                    "worst_crops": "the crops of the lowest scores",
                }[wildcards.sheet],
            },
        ),
    log:
        "<logs>/{dataset}/draw_crops/{sheet}.log",
    benchmark:
        "<benchmarks>/{dataset}/draw_crops/{sheet}.tsv"
    wildcard_constraints:
        sheet="crops|worst_crops",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        settings=config["image"],
    message:
        "Draw {wildcards.sheet} of {wildcards.dataset}"
    script:
        "../../scripts/image/draw_crops.py"


rule draw_quarantined:
    input:
        index="<results>/{dataset}/records/images.parquet",
        boxes="<results>/{dataset}/boxes.parquet",
        images=lambda wildcards: layout.images(wildcards.dataset),
        code=code("scripts/image/draw_quarantined.py"),
    output:
        report(
            "<results>/{dataset}/figures/quarantined.png",
            caption="../report/quarantined.rst",
            category="2 Images",
            subcategory="{dataset}",
            labels={"what": "figure", "shows": "images without a crop"},
        ),
    log:
        "<logs>/{dataset}/draw_quarantined.log",
    benchmark:
        "<benchmarks>/{dataset}/draw_quarantined.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    message:
        "Draw images of {wildcards.dataset} without a crop"
    script:
        "../../scripts/image/draw_quarantined.py"


rule draw_distributions:
    input:
        boxes="<results>/{dataset}/boxes.parquet",
        code=code("scripts/image/draw_distributions.py"),
    output:
        report(
            "<results>/{dataset}/figures/boxes.png",
            caption="../report/boxes.rst",
            category="2 Images",
            subcategory="{dataset}",
            labels={"what": "figure", "shows": "scores and sizes of the boxes"},
        ),
        "<results>/{dataset}/figures/boxes.pdf",
    log:
        "<logs>/{dataset}/draw_distributions.log",
    benchmark:
        "<benchmarks>/{dataset}/draw_distributions.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    message:
        "Draw scores and sizes of the boxes of {wildcards.dataset}"
    script:
        "../../scripts/image/draw_distributions.py"
