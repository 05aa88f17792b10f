rule train_detector:
    input:
        coco=lambda wildcards: layout.training_sets(wildcards.detector, "coco"),
        images=lambda wildcards: layout.training_sets(wildcards.detector, "images"),
        weights=lambda wildcards: layout.starts_from(wildcards.detector),
        code=code("scripts/detect/train_detector.py"),
    output:
        config="<results>/detect/models/{detector}/config.json",
        weights="<results>/detect/models/{detector}/model.safetensors",
        history="<results>/detect/models/{detector}/history.csv",
    log:
        "<logs>/detect/train_detector/{detector}.log",
    benchmark:
        "<benchmarks>/detect/train_detector/{detector}.tsv"
    wildcard_constraints:
        detector="|".join(layout.trained_detectors) or "(?!)",
    conda:
        "../../envs/detect.yaml"
    threads: 2
    resources:
        mem_mb=growing(8000),
        runtime=720,
        gpu=1,
    params:
        settings=lambda wildcards: layout.detector_settings(wildcards.detector),
    message:
        "Train detector {wildcards.detector}"
    script:
        "../../scripts/detect/train_detector.py"


rule evaluate_detector:
    input:
        coco=lambda wildcards: [
            layout.annotations(name)["coco"] for name in wildcards.sets.split("+")
        ],
        images=lambda wildcards: [
            layout.annotations(name)["images"] for name in wildcards.sets.split("+")
        ],
        model=lambda wildcards: layout.detector(wildcards.detector),
        code=code("scripts/detect/evaluate_detector.py"),
    output:
        "<results>/detect/metrics/{detector}/{sets}.json",
    log:
        "<logs>/detect/evaluate_detector/{detector}/{sets}.log",
    benchmark:
        "<benchmarks>/detect/evaluate_detector/{detector}/{sets}.tsv"
    conda:
        "../../envs/detect.yaml"
    threads: 2
    resources:
        mem_mb=growing(8000),
        runtime=growing(60),
        gpu=1,
    params:
        settings=lambda wildcards: layout.detector_settings(wildcards.detector),
    message:
        "Judge detector {wildcards.detector} on {wildcards.sets}"
    script:
        "../../scripts/detect/evaluate_detector.py"


rule tabulate_detectors:
    input:
        metrics=layout.metrics(),
        published=lambda wildcards: layout.published(wildcards.table),
        code=code("scripts/detect/tabulate_detectors.py"),
    output:
        "<results>/detect/tables/{table}.csv",
    log:
        "<logs>/detect/tabulate_detectors/{table}.log",
    benchmark:
        "<benchmarks>/detect/tabulate_detectors/{table}.tsv"
    localrule: True
    conda:
        "../../envs/tables.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        judged=[(name, layout.detectors[name]["train"], sets) for name, sets in layout.judged()],
    message:
        "Tabulate the detectors: {wildcards.table}"
    script:
        "../../scripts/detect/tabulate_detectors.py"


rule predict_boxes:
    input:
        index="<results>/{dataset}/records/images.parquet",
        images=lambda wildcards: layout.images(wildcards.dataset),
        model=lambda wildcards: layout.detector(layout.detector_of(wildcards.dataset)),
        code=code("scripts/detect/predict_boxes.py"),
    output:
        "<results>/{dataset}/boxes/{shard}.parquet",
    log:
        "<logs>/{dataset}/predict_boxes/{shard}.log",
    benchmark:
        "<benchmarks>/{dataset}/predict_boxes/{shard}.tsv"
    conda:
        "../../envs/detect.yaml"
    threads: 1
    resources:
        mem_mb=growing(6000),
        runtime=growing(480),
        gpu=1,
    params:
        shards=lambda wildcards: layout.datasets[wildcards.dataset]["shards"],
        settings=lambda wildcards: layout.detector_settings(layout.detector_of(wildcards.dataset)),
    message:
        "Find the insects of {wildcards.dataset}, shard {wildcards.shard}"
    script:
        "../../scripts/detect/predict_boxes.py"


rule gather_boxes:
    input:
        shards=lambda wildcards: layout.sharded(
            f"{layout.results}/{wildcards.dataset}/boxes/{{shard}}.parquet", wildcards.dataset
        ),
        code=code("scripts/detect/gather_boxes.py"),
    output:
        boxes="<results>/{dataset}/boxes.parquet",
        published="<results>/{dataset}/boxes.tsv",
    log:
        "<logs>/{dataset}/gather_boxes.log",
    benchmark:
        "<benchmarks>/{dataset}/gather_boxes.tsv"
    localrule: True
    conda:
        "../../envs/tables.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        max_quarantined_share=config["max_quarantined_share"],
    message:
        "Gather the boxes of {wildcards.dataset}"
    script:
        "../../scripts/detect/gather_boxes.py"
