# Takes: photographs of specimens in packs, trained classifiers, and embeddings in the space of a model.
# Makes: what classifiers and the nearest references in that space say, calibrated.


wildcard_constraints:
    pair="image_to_image|image_to_dna|dna_to_dna",


rule calibrate_classifier:
    input:
        records=rules.partition_records.output.records,
        index=lambda wildcards: layout.image.index(
            wildcards.dataset, layout.classify.grid_of(wildcards.experiment)[0]["package"]
        ),
        summary=rules.summarise_classifiers.output[0],
        models=lambda wildcards: layout.classify.files(
            "model.safetensors", layout.classify.grid_of(wildcards.experiment)
        ),
        predictions=lambda wildcards: layout.classify.files(
            "predictions.parquet", layout.classify.grid_of(wildcards.experiment)
        ),
    output:
        calibration=f"<results>/{layout.identify.CALIBRATED}/classifier_{{experiment}}.json",
        known=f"<results>/{layout.identify.CALIBRATED}/classifier_{{experiment}}.parquet",
    log:
        logs("calibrate_classifier", "{dataset}.{experiment}"),
    benchmark:
        benchmarks("calibrate_classifier", "{dataset}.{experiment}")
    conda:
        "../../envs/classify.yaml"
    resources:
        **asks(mem_mb=8000, runtime=120, gpu=1),
    params:
        code=code("scripts/identify/calibrate_classifier.py"),
        excluded=layout.identify.excluded,
        confidence=layout.identify.confidence,
        runs=lambda wildcards: layout.classify.grid_of(wildcards.experiment),
    message:
        "Calibrate the selected classifier of {wildcards.experiment}"
    script:
        "../../scripts/identify/calibrate_classifier.py"


rule classify_images:
    input:
        index=lambda wildcards: layout.image.index(
            wildcards.dataset, layout.classify.grid_of(wildcards.experiment)[0]["package"]
        ),
        calibration=expand(
            rules.calibrate_classifier.output.calibration,
            dataset=layout.classify.dataset,
            allow_missing=True,
        ),
    output:
        evidence=f"<results>/{layout.identify.EVIDENCE}/classifier_{{experiment}}.parquet",
        scores=f"<results>/{layout.identify.SCORES}",
    log:
        logs("classify_images", "{dataset}.{experiment}"),
    benchmark:
        benchmarks("classify_images", "{dataset}.{experiment}")
    conda:
        "../../envs/classify.yaml"
    resources:
        **asks(mem_mb=8000, runtime=240, gpu=1),
    params:
        code=code("scripts/identify/classify_images.py"),
    message:
        "Classify the photographs of {wildcards.dataset} ({wildcards.experiment})"
    script:
        "../../scripts/identify/classify_images.py"


rule calibrate_space:
    input:
        records=rules.partition_records.output.records,
        queries=lambda wildcards: layout.identify.embeddings(
            wildcards.pair, 0, wildcards.dataset, layout.identify.LABELLED
        ),
        references=lambda wildcards: layout.identify.embeddings(
            wildcards.pair, 1, wildcards.dataset, layout.identify.LABELLED
        ),
    output:
        calibration=f"<results>/{layout.identify.CALIBRATED}/{{pair}}.json",
        known=f"<results>/{layout.identify.CALIBRATED}/{{pair}}.parquet",
    log:
        logs("calibrate_space", "{dataset}.{pair}"),
    benchmark:
        benchmarks("calibrate_space", "{dataset}.{pair}")
    conda:
        "../../envs/identify.yaml"
    threads: 8
    resources:
        **asks(mem_mb=16000, runtime=240),
    params:
        code=code("scripts/identify/calibrate_space.py"),
    message:
        "Calibrate answers by {wildcards.pair} of {wildcards.dataset}"
    script:
        "../../scripts/identify/calibrate_space.py"


rule search_space:
    input:
        specimens=rules.partition_records.output.records,
        records=expand(rules.partition_records.output.records, dataset=layout.identify.references),
        queries=lambda wildcards: layout.identify.embeddings(
            wildcards.pair, 0, wildcards.dataset, layout.identify.ALL
        ),
        references=lambda wildcards: layout.identify.embeddings(
            wildcards.pair, 1, layout.identify.references, layout.identify.LABELLED
        ),
        calibration=expand(
            rules.calibrate_space.output.calibration,
            dataset=layout.identify.references,
            allow_missing=True,
        ),
        barcodes=rules.match_barcodes.output.barcodes,
    output:
        f"<results>/{layout.identify.EVIDENCE}/{{pair}}.parquet",
    log:
        logs("search_space", "{dataset}.{pair}"),
    benchmark:
        benchmarks("search_space", "{dataset}.{pair}")
    conda:
        "../../envs/identify.yaml"
    threads: 8
    resources:
        **asks(mem_mb=16000, runtime=240),
    params:
        code=code("scripts/identify/search_space.py"),
    message:
        "Find references of {wildcards.dataset} by {wildcards.pair}"
    script:
        "../../scripts/identify/search_space.py"
