# Takes: annotated sets, pretrained weights, and the image index of each dataset.
# Makes: trained detectors, their metrics and tables, and a box for each image.


wildcard_constraints:
    shard=r"\d{4}",


rule train_detector:
    input:
        coco=lambda wildcards: layout.run.annotated.coco(
            layout.detect.detectors.train(wildcards.detector)
        ),
        images=lambda wildcards: layout.run.annotated.images(
            layout.detect.detectors.train(wildcards.detector)
        ),
        weights=lambda wildcards: layout.detect.detectors.starts_from(wildcards.detector),
    output:
        config=f"<results>/{layout.detect.detectors.MODEL}/config.json",
        weights=f"<results>/{layout.detect.detectors.MODEL}/model.safetensors",
        history=f"<results>/{layout.detect.detectors.MODEL}/history.csv",
    log:
        logs("train_detector", "{detector}"),
    benchmark:
        benchmarks("train_detector", "{detector}")
    wildcard_constraints:
        detector=any_of(layout.detect.detectors.trained),
    conda:
        "../../envs/detect.yaml"
    threads: 2
    resources:
        **asks(mem_mb=8000, runtime=720, gpu=1, resumes=True),
    params:
        code=code("scripts/detect/train_detector.py"),
        settings=lambda wildcards: layout.detect.detectors.settings(wildcards.detector),
    message:
        "Train detector {wildcards.detector}"
    script:
        "../../scripts/detect/train_detector.py"


rule evaluate_detector:
    input:
        coco=lambda wildcards: layout.run.annotated.coco(wildcards.sets.split("+")),
        images=lambda wildcards: layout.run.annotated.images(wildcards.sets.split("+")),
        model=lambda wildcards: layout.detect.detectors.model(wildcards.detector),
    output:
        f"<results>/{layout.detect.METRICS}",
    log:
        logs("evaluate_detector", "{detector}.{sets}"),
    benchmark:
        benchmarks("evaluate_detector", "{detector}.{sets}")
    conda:
        "../../envs/detect.yaml"
    threads: 2
    resources:
        **asks(mem_mb=8000, runtime=60, gpu=1),
    params:
        code=code("scripts/detect/evaluate_detector.py"),
        settings=lambda wildcards: layout.detect.detectors.settings(wildcards.detector),
    message:
        "Evaluate detector {wildcards.detector} on {wildcards.sets}"
    script:
        "../../scripts/detect/evaluate_detector.py"


rule tabulate_detectors:
    input:
        metrics=layout.detect.metrics(),
        published=lambda wildcards: layout.run.published(wildcards.table),
    output:
        "<results>/detect/tables/{table}.csv",
    log:
        logs("tabulate_detectors", "{table}"),
    benchmark:
        benchmarks("tabulate_detectors", "{table}")
    wildcard_constraints:
        table=any_of(layout.detect.tables),
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        code=code("scripts/detect/tabulate_detectors.py"),
        evaluated=[
            (name, layout.detect.detectors.train(name), sets)
            for name, sets in layout.detect.evaluations()
        ],
    message:
        "Tabulate the detectors: {wildcards.table}"
    script:
        "../../scripts/detect/tabulate_detectors.py"


rule predict_boxes:
    input:
        index=rules.index_images.output.index,
        model=lambda wildcards: layout.detect.detectors.model(
            layout.detect.detector_of(wildcards.dataset)
        ),
    output:
        "<results>/{dataset}/boxes/{shard}.parquet",
    log:
        logs("predict_boxes", "{dataset}.{shard}"),
    benchmark:
        benchmarks("predict_boxes", "{dataset}.{shard}")
    conda:
        "../../envs/detect.yaml"
    resources:
        **asks(mem_mb=6000, runtime=480, gpu=1),
    params:
        code=code("scripts/detect/predict_boxes.py"),
        shards=lambda wildcards: layout.run.datasets[wildcards.dataset]["shards"],
        settings=lambda wildcards: layout.detect.detectors.settings(
            layout.detect.detector_of(wildcards.dataset)
        ),
    message:
        "Find the insects of {wildcards.dataset}, shard {wildcards.shard}"
    script:
        "../../scripts/detect/predict_boxes.py"


rule gather_boxes:
    input:
        shards=layout.run.all_shards(rules.predict_boxes.output[0]),
    output:
        boxes=f"<results>/{layout.detect.BOXES}",
        published="<results>/{dataset}/boxes.tsv",
    log:
        logs("gather_boxes", "{dataset}"),
    benchmark:
        benchmarks("gather_boxes", "{dataset}")
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        code=code("scripts/detect/gather_boxes.py"),
        max_quarantined_share=config["max_quarantined_share"],
    message:
        "Gather the boxes of {wildcards.dataset}"
    script:
        "../../scripts/detect/gather_boxes.py"
