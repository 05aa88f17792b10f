# Takes: the records of datasets with their splits, packs of images, weights of encoders.
# Makes: training sets of images, barcodes and labels, and models whose encoders share one space.


wildcard_constraints:
    training=any_of(layout.retrieve.models.training_sets),
    model=any_of(layout.retrieve.models.models),


# The samples that models are trained on.
rule select_pairs:
    input:
        records=rules.partition_records.output.records,
        index=lambda wildcards: layout.retrieve.index(wildcards.dataset),
        partitioning=lambda wildcards: layout.retrieve.partitioning(wildcards.training),
        test=lambda wildcards: [
            layout.run.path(layout.partition.RECORDS, dataset=name)
            for name in layout.retrieve.apart_from(wildcards.training)
        ],
    output:
        pairs=f"<results>/{layout.retrieve.PAIRS}.parquet",
        counts=f"<results>/{layout.retrieve.PAIRS}.csv",
    log:
        logs("select_pairs", "{dataset}.{training}"),
    benchmark:
        benchmarks("select_pairs", "{dataset}.{training}")
    conda:
        "../../envs/tables.yaml"
    threads: 2
    resources:
        **asks(mem_mb=32000, runtime=60),
    params:
        code=code("scripts/retrieve/select_pairs.py"),
        splits=lambda wildcards: layout.retrieve.models.training_sets[wildcards.training]["splits"],
        keep_shared=lambda wildcards: layout.retrieve.models.training_sets[wildcards.training][
            "keep_shared"
        ],
    message:
        "Select the training set {wildcards.training} of {wildcards.dataset}"
    script:
        "../../scripts/retrieve/select_pairs.py"


rule tabulate_pairs:
    input:
        counts=lambda wildcards: layout.retrieve.counts(wildcards.dataset),
    output:
        "<results>/{dataset}/tables/retrieve_samples.csv",
    log:
        logs("tabulate_pairs", "{dataset}"),
    benchmark:
        benchmarks("tabulate_pairs", "{dataset}")
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        code=code("scripts/retrieve/tabulate_pairs.py"),
    message:
        "Tabulate the training sets of {wildcards.dataset}"
    script:
        "../../scripts/retrieve/tabulate_pairs.py"


rule align_encoders:
    input:
        pairs=lambda wildcards: layout.retrieve.models.pairs(wildcards.model),
        index=lambda wildcards: layout.retrieve.index(wildcards.dataset),
        image=lambda wildcards: layout.retrieve.models.weights(wildcards.model, "image"),
        dna=lambda wildcards: layout.retrieve.models.weights(wildcards.model, "dna"),
        text=lambda wildcards: layout.retrieve.models.weights(wildcards.model, "text"),
    output:
        weights=f"<results>/{layout.retrieve.MODEL}/model.safetensors",
        model=f"<results>/{layout.retrieve.MODEL}/config.json",
        history=f"<results>/{layout.retrieve.MODEL}/history.csv",
    log:
        logs("align_encoders", "{dataset}.{model}.seed{seed}"),
    benchmark:
        benchmarks("align_encoders", "{dataset}.{model}.seed{seed}")
    wildcard_constraints:
        model=any_of(layout.retrieve.models.trained),
    conda:
        "../../envs/retrieve.yaml"
    threads: 2
    resources:
        **asks(mem_mb=48000, runtime=4320, gpu=1, resumes=True),
    params:
        code=code("scripts/retrieve/align_encoders.py"),
        encoders=lambda wildcards: layout.retrieve.models.encoders(wildcards.model),
        recipe=lambda wildcards: layout.retrieve.models.recipe(wildcards.model, wildcards.seed),
    message:
        "Align the encoders of {wildcards.model} (seed {wildcards.seed})"
    script:
        "../../scripts/retrieve/align_encoders.py"


# A published model in the same format.
rule convert_aligned:
    input:
        checkpoint=lambda wildcards: layout.retrieve.models.published(wildcards.model),
        image=lambda wildcards: layout.retrieve.models.weights(wildcards.model, "image"),
        dna=lambda wildcards: layout.retrieve.models.weights(wildcards.model, "dna"),
        text=lambda wildcards: layout.retrieve.models.weights(wildcards.model, "text"),
    output:
        weights=f"<results>/{layout.retrieve.MODEL}/model.safetensors",
        model=f"<results>/{layout.retrieve.MODEL}/config.json",
    log:
        logs("convert_aligned", "{dataset}.{model}.seed{seed}"),
    benchmark:
        benchmarks("convert_aligned", "{dataset}.{model}.seed{seed}")
    wildcard_constraints:
        model=any_of(layout.retrieve.models.converted),
    conda:
        "../../envs/retrieve.yaml"
    resources:
        **asks(mem_mb=16000, runtime=60),
    params:
        code=code("scripts/retrieve/convert_aligned.py"),
        encoders=lambda wildcards: layout.retrieve.models.encoders(wildcards.model),
        recipe=lambda wildcards: layout.retrieve.models.recipe(wildcards.model, wildcards.seed),
    message:
        "Convert the published model {wildcards.model}"
    script:
        "../../scripts/retrieve/convert_aligned.py"
