# Takes: the records with their splits, the packs of images, weights of encoders.
# Makes: embeddings of the images, barcodes or labels of a split, for the stages that compare samples.


wildcard_constraints:
    embedding=any_of(layout.embed.embeddings),
    split="[a-z_]+",


rule embed_samples:
    input:
        records=rules.partition_records.output.records,
        index=lambda wildcards: layout.embed.index(wildcards.dataset, wildcards.embedding),
        weights=lambda wildcards: layout.embed.weights(wildcards.dataset, wildcards.embedding),
    output:
        matrix=f"<results>/{layout.embed.EMBEDDINGS}".replace("{suffix}", "npy"),
        rows=f"<results>/{layout.embed.EMBEDDINGS}".replace("{suffix}", "parquet"),
        description=f"<results>/{layout.embed.EMBEDDINGS}".replace("{suffix}", "json"),
    log:
        logs("embed_samples", "{dataset}.{embedding}.{split}"),
    benchmark:
        benchmarks("embed_samples", "{dataset}.{embedding}.{split}")
    conda:
        "../../envs/embed.yaml"
    resources:
        **asks(mem_mb=16000, runtime=720, gpu=1, resumes=True),
    params:
        code=code("scripts/embed/embed_samples.py"),
        encoder=lambda wildcards: layout.embed.encoder(wildcards.embedding),
        modality=lambda wildcards: layout.embed.modality(wildcards.embedding),
        pooling=lambda wildcards: layout.embed.embeddings[wildcards.embedding][1],
        settings=layout.embed.settings,
    message:
        "Embed {wildcards.split} of {wildcards.dataset} by {wildcards.embedding}"
    script:
        "../../scripts/embed/embed_samples.py"


rule tabulate_embeddings:
    input:
        descriptions=lambda wildcards: layout.embed.files(wildcards.dataset, "json"),
    output:
        "<results>/{dataset}/tables/embeddings.csv",
    log:
        logs("tabulate_embeddings", "{dataset}"),
    benchmark:
        benchmarks("tabulate_embeddings", "{dataset}")
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        code=code("scripts/embed/tabulate_embeddings.py"),
    message:
        "Tabulate the embeddings of {wildcards.dataset}"
    script:
        "../../scripts/embed/tabulate_embeddings.py"
