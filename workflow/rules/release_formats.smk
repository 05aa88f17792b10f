# Takes: the records with their splits, the boxes, the released packages, and the trained models.
# Makes: formats of the field beside the published ones, the cards of a release, and its models.


rule export_hdf5:
    input:
        records=rules.partition_records.output.records,
        index=lambda wildcards: layout.image.index(wildcards.dataset, wildcards.package),
        indices=rules.export_metadata.input.indices,
    output:
        f"<results>/{layout.release.HDF5['bioscan5m']}",
    log:
        logs("export_hdf5", "{dataset}.{package}"),
    benchmark:
        benchmarks("export_hdf5", "{dataset}.{package}")
    wildcard_constraints:
        dataset=any_of(layout.release.having("bioscan5m", cropped=True)),
    conda:
        "../../envs/images.yaml"
    resources:
        **asks(mem_mb=8000, runtime=1440),
    params:
        code=code("scripts/release/export_hdf5.py"),
        format=lambda wildcards: layout.release.format(wildcards.dataset),
    message:
        "Write {wildcards.package} of {wildcards.dataset} as HDF5"
    script:
        "../../scripts/release/export_hdf5.py"


use rule export_hdf5 as export_hdf5_bioscan1m with:
    output:
        f"<results>/{layout.release.HDF5['bioscan1m']}",
    wildcard_constraints:
        dataset=any_of(layout.release.having("bioscan1m", cropped=True)),


rule export_parquet:
    input:
        records=rules.partition_records.output.records,
        boxes=rules.gather_boxes.output.boxes,
        index=rules.export_hdf5.input.index,
        indices=rules.export_metadata.input.indices,
    output:
        directory(f"<results>/{layout.release.PARQUET}"),
    log:
        logs("export_parquet", "{dataset}.{package}"),
    benchmark:
        benchmarks("export_parquet", "{dataset}.{package}")
    conda:
        "../../envs/images.yaml"
    resources:
        **asks(mem_mb=8000, runtime=480),
    params:
        code=code("scripts/release/export_parquet.py"),
        format=lambda wildcards: layout.release.format(wildcards.dataset),
        sizes=layout.release.sizes,
    message:
        "Write {wildcards.package} of {wildcards.dataset} as Parquet"
    script:
        "../../scripts/release/export_parquet.py"


rule export_darwin_core:
    input:
        records=rules.partition_records.output.records,
        boxes=lambda wildcards: layout.detect.boxes(wildcards.dataset),
        indices=rules.export_metadata.input.indices,
    output:
        f"<results>/{layout.release.DARWIN_CORE}",
    log:
        logs("export_darwin_core", "{dataset}"),
    benchmark:
        benchmarks("export_darwin_core", "{dataset}")
    conda:
        "../../envs/images.yaml"
    threads: 2
    resources:
        **asks(mem_mb=8000, runtime=60),
    params:
        code=code("scripts/release/export_darwin_core.py"),
        about=lambda wildcards: layout.release.about(wildcards.dataset),
        package=lambda wildcards: next(iter(layout.release.packages_of(wildcards.dataset)), None),
        mm_per_pixel=lambda wildcards: layout.run.datasets[wildcards.dataset].get("mm_per_pixel"),
        sizes=layout.release.sizes,
    message:
        "Write the records of {wildcards.dataset} as a Darwin Core archive"
    script:
        "../../scripts/release/export_darwin_core.py"


rule describe_release:
    input:
        records=rules.partition_records.output.records,
        indices=rules.export_metadata.input.indices,
        files=lambda wildcards: layout.release.files(wildcards.dataset),
    output:
        card=f"<results>/{layout.release.CARD}",
        sums="<results>/{dataset}/release/SHA256SUMS",
        json_ld="<results>/{dataset}/release/dataset.jsonld",
        croissant="<results>/{dataset}/release/croissant.json",
    log:
        logs("describe_release", "{dataset}"),
    benchmark:
        benchmarks("describe_release", "{dataset}")
    conda:
        "../../envs/images.yaml"
    resources:
        **asks(mem_mb=8000, runtime=240),
    params:
        code=code("scripts/release/describe_release.py"),
        about=lambda wildcards: layout.release.about(wildcards.dataset),
        made=lambda wildcards: layout.release.made(wildcards.dataset, layout),
        packages=lambda wildcards: layout.release.whole_packages(wildcards.dataset),
    message:
        "Describe the release of {wildcards.dataset}"
    script:
        "../../scripts/release/describe_release.py"


rule export_models:
    input:
        models=lambda wildcards: layout.release.model_files(layout),
        runs=lambda wildcards: (
            expand(rules.summarise_classifiers.output[0], dataset=layout.classify.dataset)
            if layout.classify.experiments
            else []
        ),
    output:
        directory(f"<results>/{layout.release.MODELS}"),
    log:
        logs("export_models", "all"),
    benchmark:
        benchmarks("export_models", "all")
    conda:
        "../../envs/images.yaml"
    resources:
        **asks(mem_mb=2000, runtime=60),
    params:
        code=code("scripts/release/export_models.py"),
        models=lambda wildcards: layout.release.models(layout),
    message:
        "Write the trained models, with a card each"
    script:
        "../../scripts/release/export_models.py"
