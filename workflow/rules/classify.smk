# The folder of one run.
RUN = "<results>/{dataset}/classify/{experiment}/{backbone}/{loss}/{package}/{recipe}/seed{seed}"


rule train_classifier:
    input:
        records="<results>/{dataset}/records/partitioned.parquet",
        index="<results>/{dataset}/packs/{package}/index.parquet",
        packs=lambda wildcards: layout.packs(wildcards.dataset, wildcards.package),
        weights=lambda wildcards: layout.backbone_weights(wildcards.backbone),
        code=code("scripts/classify/train_classifier.py"),
    output:
        weights=f"{RUN}/model.safetensors",
        model=f"{RUN}/config.json",
        history=f"{RUN}/history.csv",
    log:
        "<logs>/{dataset}/train_classifier/{experiment}.{backbone}.{loss}.{package}.{recipe}.{seed}.log",
    benchmark:
        "<benchmarks>/{dataset}/train_classifier/{experiment}.{backbone}.{loss}.{package}.{recipe}.{seed}.tsv"
    conda:
        "../../envs/classify.yaml"
    threads: 1
    resources:
        mem_mb=growing(16000),
        runtime=2880,
        gpu=1,
    params:
        backbone=lambda wildcards: config["classify"]["backbones"][wildcards.backbone],
        settings=layout.training_settings,
    message:
        "Train {wildcards.backbone} ({wildcards.loss}, {wildcards.recipe}, seed {wildcards.seed}) on {wildcards.experiment}, {wildcards.package}"
    script:
        "../../scripts/classify/train_classifier.py"


rule evaluate_classifier:
    input:
        records="<results>/{dataset}/records/partitioned.parquet",
        index="<results>/{dataset}/packs/{package}/index.parquet",
        packs=lambda wildcards: layout.packs(wildcards.dataset, wildcards.package),
        weights=f"{RUN}/model.safetensors",
        model=f"{RUN}/config.json",
        code=code("scripts/classify/evaluate_classifier.py"),
    output:
        metrics=f"{RUN}/metrics.json",
        predictions=f"{RUN}/predictions.parquet",
    log:
        "<logs>/{dataset}/evaluate_classifier/{experiment}.{backbone}.{loss}.{package}.{recipe}.{seed}.log",
    benchmark:
        "<benchmarks>/{dataset}/evaluate_classifier/{experiment}.{backbone}.{loss}.{package}.{recipe}.{seed}.tsv"
    conda:
        "../../envs/classify.yaml"
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=growing(120),
        gpu=1,
    message:
        "Evaluate {wildcards.backbone} ({wildcards.loss}, {wildcards.recipe}, seed {wildcards.seed}) on {wildcards.experiment}, {wildcards.package}"
    script:
        "../../scripts/classify/evaluate_classifier.py"


rule tabulate_classifiers:
    input:
        metrics=layout.run_files("metrics.json", layout.grid),
        code=code("scripts/classify/tabulate_classifiers.py"),
    output:
        runs="<results>/{dataset}/classify/runs.csv",
        test="<results>/{dataset}/tables/bioscan1m_table5.csv",
        accuracy="<results>/{dataset}/tables/bioscan1m_tableA3.csv",
        f1="<results>/{dataset}/tables/bioscan1m_tableA4.csv",
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
        runs=layout.grid,
    message:
        "Tabulate the classifiers"
    script:
        "../../scripts/classify/tabulate_classifiers.py"


rule tabulate_ablation:
    input:
        metrics=layout.run_files("metrics.json", layout.ablation),
        code=code("scripts/classify/tabulate_ablation.py"),
    output:
        "<results>/{dataset}/tables/bioscan1m_tableA6.csv",
    log:
        "<logs>/{dataset}/tabulate_ablation.log",
    benchmark:
        "<benchmarks>/{dataset}/tabulate_ablation.tsv"
    localrule: True
    conda:
        "../../envs/tables.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        runs=layout.ablation,
    message:
        "Tabulate the packages that classifiers are trained on"
    script:
        "../../scripts/classify/tabulate_ablation.py"


rule tabulate_errors:
    input:
        summaries=expand(
            "<results>/{{dataset}}/classify/errors/{experiment}.csv",
            experiment=layout.grid_experiments,
        ),
        code=code("scripts/classify/tabulate_errors.py"),
    output:
        "<results>/{dataset}/tables/bioscan1m_sectionA64.csv",
    log:
        "<logs>/{dataset}/tabulate_errors.log",
    benchmark:
        "<benchmarks>/{dataset}/tabulate_errors.tsv"
    localrule: True
    conda:
        "../../envs/tables.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    message:
        "Tabulate the errors of the selected classifiers"
    script:
        "../../scripts/classify/tabulate_errors.py"


rule draw_confusion:
    input:
        runs="<results>/{dataset}/classify/runs.csv",
        predictions=lambda wildcards: layout.run_files(
            "predictions.parquet", layout.grid_of(wildcards.experiment)
        ),
        models=lambda wildcards: layout.run_files(
            "config.json", layout.grid_of(wildcards.experiment)
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
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        runs=lambda wildcards: layout.grid_of(wildcards.experiment),
    message:
        "Draw the confusion matrix of {wildcards.experiment}"
    script:
        "../../scripts/classify/draw_confusion.py"


rule draw_accuracy:
    input:
        runs="<results>/{dataset}/classify/runs.csv",
        predictions=lambda wildcards: layout.run_files(
            "predictions.parquet", layout.grid_of(wildcards.experiment)
        ),
        models=lambda wildcards: layout.run_files(
            "config.json", layout.grid_of(wildcards.experiment)
        ),
        code=code("scripts/classify/draw_accuracy.py"),
    output:
        report(
            "<results>/{dataset}/figures/accuracy_{experiment}.png",
            caption="../report/accuracy.rst",
            category="4 Classification",
            subcategory="{dataset}",
            labels={"what": "figure", "shows": "accuracy by class, {experiment}"},
        ),
        "<results>/{dataset}/figures/accuracy_{experiment}.pdf",
    log:
        "<logs>/{dataset}/draw_accuracy/{experiment}.log",
    benchmark:
        "<benchmarks>/{dataset}/draw_accuracy/{experiment}.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        runs=lambda wildcards: layout.grid_of(wildcards.experiment),
    message:
        "Draw the accuracy of each class of {wildcards.experiment}"
    script:
        "../../scripts/classify/draw_accuracy.py"


rule draw_curves:
    input:
        histories=lambda wildcards: layout.run_files(
            "history.csv", layout.drawn_together(wildcards.part, wildcards.experiment)
        ),
        code=code("scripts/classify/draw_curves.py"),
    output:
        report(
            "<results>/{dataset}/figures/{part}_{experiment}.png",
            caption="../report/curves.rst",
            category="4 Classification",
            subcategory="{dataset}",
            labels={"what": "figure", "shows": "{part}, {experiment}"},
        ),
        "<results>/{dataset}/figures/{part}_{experiment}.pdf",
    log:
        "<logs>/{dataset}/draw_curves/{part}.{experiment}.log",
    benchmark:
        "<benchmarks>/{dataset}/draw_curves/{part}.{experiment}.tsv"
    wildcard_constraints:
        part="curves|ablation",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        runs=lambda wildcards: layout.drawn_together(wildcards.part, wildcards.experiment),
    message:
        "Draw the training of the classifiers of {wildcards.experiment}"
    script:
        "../../scripts/classify/draw_curves.py"


rule find_suspects:
    input:
        runs="<results>/{dataset}/classify/runs.csv",
        predictions=lambda wildcards: layout.run_files(
            "predictions.parquet", layout.grid_of(wildcards.experiment)
        ),
        models=lambda wildcards: layout.run_files(
            "config.json", layout.grid_of(wildcards.experiment)
        ),
        index=lambda wildcards: layout.package_index(
            wildcards.dataset, layout.grid_of(wildcards.experiment)[0]["package"]
        ),
        packs=lambda wildcards: layout.packs(
            wildcards.dataset, layout.grid_of(wildcards.experiment)[0]["package"]
        ),
        boxes="<results>/{dataset}/boxes.parquet",
        code=code("scripts/classify/find_suspects.py"),
    output:
        table="<results>/{dataset}/tables/suspects_{experiment}.csv",
        summary="<results>/{dataset}/classify/errors/{experiment}.csv",
        page=report(
            "<results>/{dataset}/report/suspects_{experiment}.html",
            caption="../report/suspects.rst",
            category="4 Classification",
            subcategory="{dataset}",
            labels={"what": "gallery", "shows": "suspects, {experiment}"},
        ),
    log:
        "<logs>/{dataset}/find_suspects/{experiment}.log",
    benchmark:
        "<benchmarks>/{dataset}/find_suspects/{experiment}.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        runs=lambda wildcards: layout.grid_of(wildcards.experiment),
    message:
        "Find bad photographs and wrong labels among the errors of {wildcards.experiment}"
    script:
        "../../scripts/classify/find_suspects.py"
