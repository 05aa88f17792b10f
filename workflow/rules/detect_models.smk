# Takes: annotated sets, pretrained weights and checkpoints.
# Makes: converted and trained detectors, their metrics and tables.


rule convert_detector:
    input:
        lambda wildcards: layout.detect.detectors.checkpoint(wildcards.detector),
    output:
        config=f"<results>/{layout.detect.detectors.CONVERTED}/config.json",
        weights=f"<results>/{layout.detect.detectors.CONVERTED}/model.safetensors",
    log:
        logs("convert_detector", "{detector}"),
    benchmark:
        benchmarks("convert_detector", "{detector}")
    wildcard_constraints:
        detector=any_of(layout.detect.detectors.converted),
    conda:
        "../../envs/detect.yaml"
    resources:
        **asks(mem_mb=4000, runtime=30),
    params:
        code=code("scripts/detect/convert_detector.py"),
    message:
        "Convert the checkpoint of detector {wildcards.detector}"
    script:
        "../../scripts/detect/convert_detector.py"


rule train_detector:
    input:
        coco=lambda wildcards: layout.run.annotated.coco(
            layout.detect.detectors.train(wildcards.detector)
        ),
        images=lambda wildcards: layout.run.annotated.images(
            layout.detect.detectors.train(wildcards.detector)
        ),
        weights=lambda wildcards: layout.detect.detectors.starts_from(wildcards.detector),
        encoder=lambda wildcards: layout.detect.detectors.encoder(wildcards.detector),
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
        metrics=f"<results>/{layout.detect.METRICS}",
        evaluated=f"<results>/{layout.detect.EVALUATED}",
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
