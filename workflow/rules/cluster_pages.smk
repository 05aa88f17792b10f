# Takes: clusters of the samples of a dataset and their scores, the packs of crops.
# Makes: figures of their agreement with labels, maps, and pages to look at clusters.


rule draw_agreement:
    input:
        scores=rules.tabulate_clusters.output.scores,
    output:
        report(**artefacts.figure("bioscan5m_{figure}")),
        "<results>/{dataset}/figures/bioscan5m_{figure}.pdf",
        table="<results>/{dataset}/tables/bioscan5m_{figure}.csv",
    log:
        logs("draw_agreement", "{dataset}.{figure}"),
    benchmark:
        benchmarks("draw_agreement", "{dataset}.{figure}")
    wildcard_constraints:
        figure="figure6|figureA11",
    localrule: True
    conda:
        "../../envs/figures.yaml"
    params:
        code=code("scripts/cluster/draw_agreement.py"),
        artefact="bioscan5m_{figure}",
        published=lambda wildcards: layout.cluster.published(wildcards.dataset),
        encoders={name: encoder for name, (encoder, *_) in layout.embed.embeddings.items()},
        palette=list(layout.run.encoders.given),
    message:
        "Draw {wildcards.figure} of {wildcards.dataset}"
    script:
        "../../scripts/cluster/draw_agreement.py"


rule draw_cluster_map:
    input:
        unpack(lambda wildcards: layout.cluster.shown(wildcards.dataset, wildcards.modality)),
        records=rules.partition_records.output.records,
    output:
        report(**artefacts.figure("cluster_map", of="cluster_map_{modality}")),
        "<results>/{dataset}/figures/cluster_map_{modality}.pdf",
    log:
        logs("draw_cluster_map", "{dataset}.{modality}"),
    benchmark:
        benchmarks("draw_cluster_map", "{dataset}.{modality}")
    wildcard_constraints:
        modality="image|dna",
    localrule: True
    conda:
        "../../envs/figures.yaml"
    params:
        code=code("scripts/cluster/draw_cluster_map.py"),
        artefact="cluster_map",
        published=lambda wildcards: layout.cluster.published(wildcards.dataset),
        spaces=lambda wildcards: layout.cluster.spaces.of_modality(
            wildcards.dataset, wildcards.modality
        ),
    message:
        "Draw the map of {wildcards.dataset} ({wildcards.modality})"
    script:
        "../../scripts/cluster/draw_cluster_map.py"


rule build_explorer:
    input:
        unpack(lambda wildcards: layout.cluster.shown(wildcards.dataset, wildcards.modality)),
        records=rules.partition_records.output.records,
        crops=lambda wildcards: layout.cluster.crops(wildcards.dataset),
    output:
        report(**artefacts.page("cluster_explorer", of="cluster_explorer_{modality}")),
    log:
        logs("build_explorer", "{dataset}.{modality}"),
    benchmark:
        benchmarks("build_explorer", "{dataset}.{modality}")
    wildcard_constraints:
        modality="image|dna",
    conda:
        "../../envs/figures.yaml"
    resources:
        **asks(mem_mb=4000, runtime=30),
    params:
        code=code("scripts/cluster/build_explorer.py"),
        artefact="cluster_explorer",
        published=lambda wildcards: layout.cluster.published(wildcards.dataset),
        spaces=lambda wildcards: layout.cluster.spaces.of_modality(
            wildcards.dataset, wildcards.modality
        ),
    message:
        "Build the map to move about in of {wildcards.dataset} ({wildcards.modality})"
    script:
        "../../scripts/cluster/build_explorer.py"


rule build_gallery:
    input:
        unpack(lambda wildcards: layout.cluster.shown(wildcards.dataset, wildcards.modality)),
        records=rules.partition_records.output.records,
        crops=lambda wildcards: layout.cluster.crops(wildcards.dataset),
    output:
        page=report(**artefacts.page("cluster_gallery", of="cluster_gallery_{modality}")),
        table="<results>/{dataset}/tables/clusters_{modality}.csv",
    log:
        logs("build_gallery", "{dataset}.{modality}"),
    benchmark:
        benchmarks("build_gallery", "{dataset}.{modality}")
    wildcard_constraints:
        modality="image|dna",
    conda:
        "../../envs/figures.yaml"
    resources:
        **asks(mem_mb=4000, runtime=30),
    params:
        code=code("scripts/cluster/build_gallery.py"),
        artefact="cluster_gallery",
        published=lambda wildcards: layout.cluster.published(wildcards.dataset),
        spaces=lambda wildcards: layout.cluster.spaces.of_modality(
            wildcards.dataset, wildcards.modality
        ),
    message:
        "Show the clusters of {wildcards.dataset} ({wildcards.modality})"
    script:
        "../../scripts/cluster/build_gallery.py"
