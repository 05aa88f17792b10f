# Takes: the records with their splits, the boxes and the released packages.
# Makes: metadata and zips under the published names, for others.


rule export_metadata:
    input:
        records=rules.partition_records.output.records,
        boxes=rules.gather_boxes.output.boxes,
        indices=expand(
            f"<results>/{layout.image.INDEX}", package=layout.release.packages, allow_missing=True
        ),
    output:
        f"<results>/{layout.release.FILE}",
    log:
        logs("export_metadata", "{dataset}.{file}"),
    benchmark:
        benchmarks("export_metadata", "{dataset}.{file}")
    wildcard_constraints:
        file=any_of(map(re.escape, METADATA.values())),
    conda:
        "../../envs/images.yaml"
    threads: 2
    resources:
        **asks(mem_mb=8000, runtime=60),
    params:
        code=code("scripts/release/export_metadata.py"),
        format=lambda wildcards: layout.run.datasets[wildcards.dataset]["format"],
    message:
        "Write the metadata of {wildcards.dataset} as published"
    script:
        "../../scripts/release/export_metadata.py"


rule export_package:
    input:
        records=rules.partition_records.output.records,
        index=lambda wildcards: layout.image.index(
            wildcards.dataset,
            layout.release.archives(wildcards.dataset)[wildcards.file]["package"],
        ),
        indices=rules.export_metadata.input.indices,
    output:
        f"<results>/{layout.release.FILE}",
    log:
        logs("export_package", "{dataset}.{file}"),
    benchmark:
        benchmarks("export_package", "{dataset}.{file}")
    wildcard_constraints:
        file=any_of(map(re.escape, layout.release.names)),
    conda:
        "../../envs/images.yaml"
    resources:
        **asks(mem_mb=8000, runtime=480),
    params:
        code=code("scripts/release/export_package.py"),
        format=lambda wildcards: layout.run.datasets[wildcards.dataset]["format"],
        archive=lambda wildcards: layout.release.archives(wildcards.dataset)[wildcards.file],
    message:
        "Write {wildcards.file} of {wildcards.dataset} as published"
    script:
        "../../scripts/release/export_package.py"
