# Takes: detectors, and the image index of each dataset.
# Makes: a box for each image, and in the file that is included the detectors themselves.


wildcard_constraints:
    shard=r"\d{4}",


include: "detect_models.smk"


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


rule draw_masks:
    input:
        index=rules.index_images.output.index,
        boxes=rules.gather_boxes.output.boxes,
        records=rules.partition_records.output.records,
        model=lambda wildcards: layout.detect.detectors.model(
            layout.detect.detector_of(wildcards.dataset)
        ),
    output:
        report(**artefacts.figure("bioscan5m_figureA2")),
        "<results>/{dataset}/figures/bioscan5m_figureA2.pdf",
    log:
        logs("draw_masks", "{dataset}"),
    benchmark:
        benchmarks("draw_masks", "{dataset}")
    conda:
        "../../envs/detect.yaml"
    resources:
        **asks(mem_mb=6000, runtime=30),
    params:
        code=code("scripts/detect/draw_masks.py"),
        artefact="bioscan5m_figureA2",
        carried=lambda wildcards: layout.run.specimens_of(wildcards.dataset) == "published",
        settings=lambda wildcards: layout.detect.detectors.settings(
            layout.detect.detector_of(wildcards.dataset)
        ),
    message:
        "Draw images of {wildcards.dataset} with the pixels of the organism"
    script:
        "../../scripts/detect/draw_masks.py"
