# Takes: embeddings of the samples of a dataset, its records.
# Makes: clusters of them, their names where keys are known, and scores.


wildcard_constraints:
    space=any_of(re.escape(name) for name in layout.cluster.spaces.names),


rule reduce_embeddings:
    input:
        records=rules.partition_records.output.records,
        clustered=lambda wildcards: layout.cluster.spaces.clustered(
            wildcards.dataset, wildcards.space
        ),
        validation=lambda wildcards: layout.cluster.spaces.validation(
            wildcards.dataset, wildcards.space
        ),
    output:
        specimens=f"<results>/{layout.cluster.SPECIMENS}",
        reduced=f"<results>/{layout.cluster.REDUCED}",
        points=f"<results>/{layout.cluster.POINTS}",
        representatives=f"<results>/{layout.cluster.FOLDER}/one_per_barcode.npy",
        validation=f"<results>/{layout.cluster.FOLDER}/validation.parquet",
        validation_reduced=f"<results>/{layout.cluster.FOLDER}/validation.npy",
    log:
        logs("reduce_embeddings", "{dataset}.{space}"),
    benchmark:
        benchmarks("reduce_embeddings", "{dataset}.{space}")
    conda:
        "../../envs/cluster.yaml"
    resources:
        **asks(mem_mb=16000, runtime=360),
    params:
        code=code("scripts/cluster/reduce_embeddings.py"),
        splits=lambda wildcards: layout.cluster.spaces.has_splits(wildcards.dataset),
        validated=layout.cluster.spaces.VALIDATION,
        settings=layout.cluster.settings(
            "identical", "standardise", "statistics", "dimensions", "neighbours", "seed"
        ),
    message:
        "Reduce {wildcards.space} of {wildcards.dataset} by UMAP"
    script:
        "../../scripts/cluster/reduce_embeddings.py"


rule cluster_barcodes:
    input:
        records=rules.partition_records.output.records,
    output:
        f"<results>/{layout.cluster.BARCODES}",
    log:
        logs("cluster_barcodes", "{dataset}"),
    benchmark:
        benchmarks("cluster_barcodes", "{dataset}")
    conda:
        "../../envs/cluster.yaml"
    threads: 2
    resources:
        **asks(mem_mb=8000, runtime=60),
    params:
        code=code("scripts/cluster/cluster_barcodes.py"),
        splits=lambda wildcards: layout.cluster.spaces.splits(wildcards.dataset),
    message:
        "Group the barcodes of {wildcards.dataset} by distance"
    script:
        "../../scripts/cluster/cluster_barcodes.py"


rule cluster_samples:
    input:
        records=rules.partition_records.output.records,
        specimens=rules.reduce_embeddings.output.specimens,
        reduced=rules.reduce_embeddings.output.reduced,
        representatives=rules.reduce_embeddings.output.representatives,
        validation=rules.reduce_embeddings.output.validation,
        validation_reduced=rules.reduce_embeddings.output.validation_reduced,
        clustered_embeddings=lambda wildcards: layout.cluster.spaces.clustered(
            wildcards.dataset, wildcards.space
        ),
        validation_embeddings=lambda wildcards: layout.cluster.spaces.validation(
            wildcards.dataset, wildcards.space
        ),
        keys_embeddings=lambda wildcards: layout.cluster.spaces.keys(
            wildcards.dataset, wildcards.space
        ),
        barcodes=lambda wildcards: layout.cluster.barcodes(wildcards.dataset, wildcards.space),
    output:
        clusters=f"<results>/{layout.cluster.CLUSTERS}",
        representatives=f"<results>/{layout.cluster.FOLDER}/one_per_barcode.parquet",
        named=f"<results>/{layout.cluster.NAMED}",
        criteria=f"<results>/{layout.cluster.FOLDER}/criteria.json",
    log:
        logs("cluster_samples", "{dataset}.{space}"),
    benchmark:
        benchmarks("cluster_samples", "{dataset}.{space}")
    conda:
        "../../envs/cluster.yaml"
    resources:
        **asks(mem_mb=16000, runtime=120),
    params:
        code=code("scripts/cluster/cluster_samples.py"),
        methods=lambda wildcards: layout.cluster.spaces.of(wildcards.dataset)[
            wildcards.space
        ].methods,
        splits={
            "validation": layout.cluster.spaces.VALIDATION,
            "keys": layout.cluster.spaces.KEYS,
        },
        settings=layout.cluster.settings("standardise", "statistics", "min_cluster_size"),
    message:
        "Cluster {wildcards.space} of {wildcards.dataset}"
    script:
        "../../scripts/cluster/cluster_samples.py"


include: "cluster_scores.smk"
include: "cluster_pages.smk"
