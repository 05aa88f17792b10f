rule ingest_records:
    input:
        metadata=lambda wildcards: layout.metadata(wildcards.dataset),
        folder=lambda wildcards: layout.folder(wildcards.dataset),
        code=code("scripts/ingest/ingest_records.py"),
    output:
        records="<results>/{dataset}/records/raw.parquet",
        quarantine="<results>/{dataset}/records/quarantine.parquet",
    log:
        "<logs>/{dataset}/ingest_records.log",
    benchmark:
        "<benchmarks>/{dataset}/ingest_records.tsv"
    conda:
        "../../envs/images.yaml"
    threads: 2
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        format=lambda wildcards: layout.datasets[wildcards.dataset]["format"],
        max_quarantined_share=config["max_quarantined_share"],
    message:
        "Read the records of {wildcards.dataset}"
    script:
        "../../scripts/ingest/ingest_records.py"


rule index_images:
    input:
        records="<results>/{dataset}/records/raw.parquet",
        archives=lambda wildcards: layout.archives(wildcards.dataset),
        folder=lambda wildcards: layout.folder(wildcards.dataset),
        code=code("scripts/ingest/index_images.py"),
    output:
        index="<results>/{dataset}/records/images.parquet",
        quarantine="<results>/{dataset}/records/images_quarantine.parquet",
    log:
        "<logs>/{dataset}/index_images.log",
    benchmark:
        "<benchmarks>/{dataset}/index_images.tsv"
    conda:
        "../../envs/images.yaml"
    threads: 2
    resources:
        mem_mb=growing(8000),
        runtime=growing(480),
    params:
        max_quarantined_share=config["max_quarantined_share"],
    message:
        "Index the images of {wildcards.dataset} inside their archives"
    script:
        "../../scripts/ingest/index_images.py"
