# Takes: clusters of the samples of a dataset, by each of its spaces.
# Makes: how well they agree with labels, and Table A16 of BIOSCAN-5M.


rule score_clusters:
    input:
        specimens=rules.reduce_embeddings.output.specimens,
        clusters=rules.cluster_samples.output.clusters,
        representatives=rules.cluster_samples.output.representatives,
    output:
        f"<results>/{layout.cluster.FOLDER}/scores.parquet",
    log:
        logs("score_clusters", "{dataset}.{space}"),
    benchmark:
        benchmarks("score_clusters", "{dataset}.{space}")
    conda:
        "../../envs/cluster.yaml"
    resources:
        **asks(mem_mb=8000, runtime=60),
    params:
        code=code("scripts/cluster/score_clusters.py"),
        modality=lambda wildcards: layout.cluster.spaces.of(wildcards.dataset)[
            wildcards.space
        ].modality,
        splits=lambda wildcards: layout.cluster.spaces.splits(wildcards.dataset),
        key_splits=layout.cluster.spaces.KEYS,
    message:
        "Score the clusters of {wildcards.space} of {wildcards.dataset}"
    script:
        "../../scripts/cluster/score_clusters.py"


rule tabulate_clusters:
    input:
        records=rules.partition_records.output.records,
        scores=lambda wildcards: layout.cluster.all_spaces(
            f"{layout.cluster.FOLDER}/scores.parquet", wildcards.dataset
        ),
        specimens=lambda wildcards: layout.cluster.all_spaces(
            layout.cluster.SPECIMENS, wildcards.dataset, "known"
        ),
        clusters=lambda wildcards: layout.cluster.all_spaces(
            layout.cluster.CLUSTERS, wildcards.dataset, "known"
        ),
        named=lambda wildcards: layout.cluster.all_spaces(
            layout.cluster.NAMED, wildcards.dataset, "known"
        ),
    output:
        scores=f"<results>/{layout.cluster.SCORES}",
        text="<results>/{dataset}/cluster/scores.csv",
        table="<results>/{dataset}/tables/cluster_scores.csv",
        names="<results>/{dataset}/tables/cluster_names.csv",
        published="<results>/{dataset}/tables/bioscan5m_tableA16.csv",
    log:
        logs("tabulate_clusters", "{dataset}"),
    benchmark:
        benchmarks("tabulate_clusters", "{dataset}")
    localrule: True
    conda:
        "../../envs/cluster.yaml"
    params:
        code=code("scripts/cluster/tabulate_clusters.py"),
        splits=lambda wildcards: layout.cluster.spaces.splits(wildcards.dataset),
        spaces=lambda wildcards: {
            name: (space.image, space.dna)
            for name, space in layout.cluster.spaces.of(wildcards.dataset).items()
        },
        key_splits=layout.cluster.spaces.KEYS,
        missing=layout.cluster.settings("missing").get("missing"),
    message:
        "Tabulate the clusters of {wildcards.dataset}"
    script:
        "../../scripts/cluster/tabulate_clusters.py"
