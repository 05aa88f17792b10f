rule train_detector:
    input:
        coco=layout.training_sets("coco"),
        photographs=layout.training_sets("photographs"),
        val_coco=lambda _: layout.validation_set("coco"),
        val_photographs=lambda _: layout.validation_set("photographs"),
        weights=layout.weights(config["detector"]["weights"]),
        code=code("scripts/detect/train_detector.py"),
    output:
        config="<results>/detector/model/config.json",
        weights="<results>/detector/model/model.safetensors",
        history="<results>/detector/history.csv",
    log:
        "<logs>/detector/train_detector.log",
    benchmark:
        "<benchmarks>/detector/train_detector.tsv"
    conda:
        "../../envs/detect.yaml"
    threads: 2
    resources:
        mem_mb=8000,
        runtime=720,
        gpu=1,
    params:
        settings=layout.detector_settings,
    message:
        "Train the detector"
    script:
        "../../scripts/detect/train_detector.py"


rule evaluate_detector:
    input:
        coco=lambda _: layout.validation_set("coco"),
        photographs=lambda _: layout.validation_set("photographs"),
        model=layout.detector,
        code=code("scripts/detect/evaluate_detector.py"),
    output:
        "<results>/detector/metrics.json",
    log:
        "<logs>/detector/evaluate_detector.log",
    benchmark:
        "<benchmarks>/detector/evaluate_detector.tsv"
    conda:
        "../../envs/detect.yaml"
    threads: 2
    resources:
        mem_mb=8000,
        runtime=60,
        gpu=1,
    params:
        settings=layout.detector_settings,
    message:
        "Evaluate the detector"
    script:
        "../../scripts/detect/evaluate_detector.py"


rule predict_boxes:
    input:
        index="<results>/{dataset}/records/images.parquet",
        photographs=lambda wildcards: layout.photographs(wildcards.dataset),
        model=layout.detector,
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
        mem_mb=6000,
        runtime=480,
        gpu=1,
    params:
        shards=lambda wildcards: layout.datasets[wildcards.dataset]["shards"],
        settings=layout.detector_settings,
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
