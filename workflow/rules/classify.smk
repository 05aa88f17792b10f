# The folder of one run of the grid.
RUN = "<results>/{dataset}/classify/{experiment}/{backbone}/{loss}/{package}/seed{seed}"


rule train_classifier:
    input:
        records="<results>/{dataset}/records/partitioned.parquet",
        index="<results>/{dataset}/packs/{package}/index.parquet",
        packs=lambda wildcards: layout.packs(wildcards.dataset, wildcards.package),
        weights=lambda wildcards: layout.backbone_weights(wildcards.backbone),
        code=code("scripts/classify/train_classifier.py"),
    output:
        weights=f"{RUN}/model.safetensors",
        model=f"{RUN}/model.json",
        history=f"{RUN}/history.csv",
    log:
        "<logs>/{dataset}/train_classifier/{experiment}.{backbone}.{loss}.{package}.{seed}.log",
    benchmark:
        "<benchmarks>/{dataset}/train_classifier/{experiment}.{backbone}.{loss}.{package}.{seed}.tsv"
    conda:
        "../../envs/classify.yaml"
    threads: 1
    resources:
        mem_mb=16000,
        runtime=2880,
        gpu=1,
    params:
        backbone=lambda wildcards: config["classify"]["backbones"][wildcards.backbone],
        settings=layout.training_settings,
    message:
        "Train {wildcards.backbone} ({wildcards.loss}, seed {wildcards.seed}) on {wildcards.experiment}"
    script:
        "../../scripts/classify/train_classifier.py"


rule evaluate_classifier:
    input:
        records="<results>/{dataset}/records/partitioned.parquet",
        index="<results>/{dataset}/packs/{package}/index.parquet",
        packs=lambda wildcards: layout.packs(wildcards.dataset, wildcards.package),
        weights=f"{RUN}/model.safetensors",
        model=f"{RUN}/model.json",
        code=code("scripts/classify/evaluate_classifier.py"),
    output:
        metrics=f"{RUN}/metrics.json",
        predictions=f"{RUN}/predictions.parquet",
    log:
        "<logs>/{dataset}/evaluate_classifier/{experiment}.{backbone}.{loss}.{package}.{seed}.log",
    benchmark:
        "<benchmarks>/{dataset}/evaluate_classifier/{experiment}.{backbone}.{loss}.{package}.{seed}.tsv"
    conda:
        "../../envs/classify.yaml"
    threads: 1
    resources:
        mem_mb=8000,
        runtime=120,
        gpu=1,
    message:
        "Evaluate {wildcards.backbone} ({wildcards.loss}, seed {wildcards.seed}) on {wildcards.experiment}"
    script:
        "../../scripts/classify/evaluate_classifier.py"


rule tabulate_classifiers:
    input:
        metrics=layout.run_files("metrics.json", layout.runs),
        code=code("scripts/classify/tabulate_classifiers.py"),
    output:
        runs="<results>/{dataset}/classify/runs.csv",
        test="<results>/{dataset}/tables/bioscan1m_table5.csv",
    log:
        "<logs>/{dataset}/tabulate_classifiers.log",
    benchmark:
        "<benchmarks>/{dataset}/tabulate_classifiers.tsv"
    localrule: True
    conda:
        "../../envs/tables.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        runs=layout.runs,
    message:
        "Tabulate the classifiers"
    script:
        "../../scripts/classify/tabulate_classifiers.py"


rule draw_confusion:
    input:
        runs="<results>/{dataset}/classify/runs.csv",
        predictions=lambda wildcards: layout.run_files(
            "predictions.parquet", layout.runs_of(wildcards.experiment)
        ),
        models=lambda wildcards: layout.run_files(
            "model.json", layout.runs_of(wildcards.experiment)
        ),
        code=code("scripts/classify/draw_confusion.py"),
    output:
        report(
            "<results>/{dataset}/figures/confusion_{experiment}.png",
            caption="../report/confusion.rst",
            category="4 Classification",
            subcategory="{dataset}",
            labels={"what": "figure", "shows": "confusion matrix, {experiment}"},
        ),
        "<results>/{dataset}/figures/confusion_{experiment}.pdf",
    log:
        "<logs>/{dataset}/draw_confusion/{experiment}.log",
    benchmark:
        "<benchmarks>/{dataset}/draw_confusion/{experiment}.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        runs=lambda wildcards: layout.runs_of(wildcards.experiment),
    message:
        "Draw the confusion matrix of {wildcards.experiment}"
    script:
        "../../scripts/classify/draw_confusion.py"
