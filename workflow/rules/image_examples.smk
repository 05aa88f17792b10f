# Takes: the packs and the records with their labels; the boxes of detectors in annotated images.
# Makes: the papers' figures of example images.


rule draw_examples:
    input:
        records=rules.partition_records.output.records,
        indices=lambda wildcards: layout.image.drawn_indices(wildcards.dataset),
    output:
        report(**artefacts.figure("{examples}")),
        "<results>/{dataset}/figures/{examples}.pdf",
    log:
        logs("draw_examples", "{dataset}.{examples}"),
    benchmark:
        benchmarks("draw_examples", "{dataset}.{examples}")
    wildcard_constraints:
        examples=any_of(layout.image.EXAMPLES),
    conda:
        "../../envs/figures.yaml"
    resources:
        **asks(mem_mb=8000, runtime=30),
    params:
        code=code("scripts/image/draw_examples.py"),
        artefact="{examples}",
    message:
        "Draw {wildcards.examples} of {wildcards.dataset}"
    script:
        "../../scripts/image/draw_examples.py"


rule draw_detections:
    input:
        evaluated=lambda wildcards: layout.detect.evaluated(wildcards.dataset),
    output:
        report(**artefacts.figure(layout.image.DETECTIONS)),
        f"<results>/{{dataset}}/figures/{layout.image.DETECTIONS}.pdf",
    log:
        logs("draw_detections", "{dataset}"),
    benchmark:
        benchmarks("draw_detections", "{dataset}")
    conda:
        "../../envs/figures.yaml"
    resources:
        **asks(mem_mb=4000, runtime=30),
    params:
        code=code("scripts/image/draw_detections.py"),
        artefact=layout.image.DETECTIONS,
        settings=layout.image.cropping("detections"),
    message:
        "Draw imperfect boxes of the detector of {wildcards.dataset}"
    script:
        "../../scripts/image/draw_detections.py"
