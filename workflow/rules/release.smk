# Datasets for others, as published.


rule export_metadata:
    input:
        records="<results>/{dataset}/records/partitioned.parquet",
        boxes="<results>/{dataset}/boxes.parquet",
        indices=lambda wildcards: layout.released_indices(wildcards.dataset),
        code=code("scripts/release/export_metadata.py"),
    output:
        "<results>/{dataset}/release/{metadata}",
    log:
        "<logs>/{dataset}/export_metadata/{metadata}.log",
    benchmark:
        "<benchmarks>/{dataset}/export_metadata/{metadata}.tsv"
    wildcard_constraints:
        metadata="|".join(layout.metadata_names),
    conda:
        "../../envs/images.yaml"
    threads: 2
    resources:
        mem_mb=growing(8000),
        runtime=growing(60),
    params:
        format=lambda wildcards: layout.datasets[wildcards.dataset]["format"],
    message:
        "Write the metadata of {wildcards.dataset} as published"
    script:
        "../../scripts/release/export_metadata.py"


rule export_package:
    input:
        records="<results>/{dataset}/records/partitioned.parquet",
        index=lambda wildcards: layout.package_index(
            wildcards.dataset, layout.released(wildcards.dataset)[wildcards.archive]["package"]
        ),
        indices=lambda wildcards: layout.released_indices(wildcards.dataset),
        packs=lambda wildcards: layout.packs(
            wildcards.dataset, layout.released(wildcards.dataset)[wildcards.archive]["package"]
        ),
        code=code("scripts/release/export_package.py"),
    output:
        "<results>/{dataset}/release/{archive}",
    log:
        "<logs>/{dataset}/export_package/{archive}.log",
    benchmark:
        "<benchmarks>/{dataset}/export_package/{archive}.tsv"
    wildcard_constraints:
        archive="|".join(layout.released_names) or "(?!)",
    conda:
        "../../envs/images.yaml"
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=growing(480),
    params:
        format=lambda wildcards: layout.datasets[wildcards.dataset]["format"],
        archive=lambda wildcards: layout.released(wildcards.dataset)[wildcards.archive],
    message:
        "Write {wildcards.archive} of {wildcards.dataset} as published"
    script:
        "../../scripts/release/export_package.py"
