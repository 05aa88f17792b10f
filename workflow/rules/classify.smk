# Takes: the records of a dataset, with the experiments of BIOSCAN-1M or splits, and its packages.
# Makes: trained classifiers with metrics and predictions, tables of them, figures, and suspects:
# images that look bad and labels that may be wrong.


wildcard_constraints:
    experiment="[a-z_]+",
    backbone="[A-Za-z0-9_-]+",
    loss="ce|focal",
    recipe="[A-Za-z0-9_-]+",
    seed=r"\d+",


rule train_classifier:
    input:
        records=rules.partition_records.output.records,
        index=rules.index_package.output[0],
        weights=lambda wildcards: layout.run.encoders.weights(wildcards.backbone),
    output:
        weights=f"<results>/{layout.classify.RUN}/model.safetensors",
        model=f"<results>/{layout.classify.RUN}/config.json",
        history=f"<results>/{layout.classify.RUN}/history.csv",
    log:
        logs("train_classifier", layout.classify.LOG),
    benchmark:
        benchmarks("train_classifier", layout.classify.LOG)
    conda:
        "../../envs/classify.yaml"
    resources:
        **asks(mem_mb=16000, runtime=2880, gpu=1, resumes=True),
    params:
        code=code("scripts/classify/train_classifier.py"),
        backbone=lambda wildcards: layout.run.encoders.given[wildcards.backbone],
        settings=lambda wildcards: layout.classify.settings(
            wildcards.recipe, wildcards.loss, wildcards.seed
        ),
    message:
        "Train {wildcards.backbone} ({wildcards.loss}, {wildcards.recipe}, seed {wildcards.seed}) on {wildcards.experiment}, {wildcards.package}"
    script:
        "../../scripts/classify/train_classifier.py"


rule evaluate_classifier:
    input:
        records=rules.partition_records.output.records,
        index=rules.index_package.output[0],
        weights=rules.train_classifier.output.weights,
        model=rules.train_classifier.output.model,
    output:
        metrics=f"<results>/{layout.classify.RUN}/metrics.json",
        predictions=f"<results>/{layout.classify.RUN}/predictions.parquet",
    log:
        logs("evaluate_classifier", layout.classify.LOG),
    benchmark:
        benchmarks("evaluate_classifier", layout.classify.LOG)
    conda:
        "../../envs/classify.yaml"
    resources:
        **asks(mem_mb=8000, runtime=120, gpu=1),
    params:
        code=code("scripts/classify/evaluate_classifier.py"),
    message:
        "Evaluate {wildcards.backbone} ({wildcards.loss}, {wildcards.recipe}, seed {wildcards.seed}) on {wildcards.experiment}, {wildcards.package}"
    script:
        "../../scripts/classify/evaluate_classifier.py"


rule draw_curves:
    input:
        histories=lambda wildcards: layout.classify.files(
            "history.csv", layout.classify.drawn_together(wildcards.part, wildcards.experiment)
        ),
    output:
        report(**artefacts.figure("{part}", of="{part}_{experiment}")),
        "<results>/{dataset}/figures/{part}_{experiment}.pdf",
    log:
        logs("draw_curves", "{dataset}.{part}.{experiment}"),
    benchmark:
        benchmarks("draw_curves", "{dataset}.{part}.{experiment}")
    wildcard_constraints:
        part="curves|ablation",
    conda:
        "../../envs/figures.yaml"
    resources:
        **asks(mem_mb=2000, runtime=10),
    params:
        code=code("scripts/classify/draw_curves.py"),
        artefact="{part}",
        runs=lambda wildcards: layout.classify.drawn_together(wildcards.part, wildcards.experiment),
        backbones=list(layout.run.encoders.given),
    message:
        "Draw the training of the classifiers of {wildcards.experiment}"
    script:
        "../../scripts/classify/draw_curves.py"


include: "classify_tables.smk"
include: "classify_selected.smk"
