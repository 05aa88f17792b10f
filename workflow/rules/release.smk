# Takes: the records with their splits, the boxes, the released packages, and the trained models.
# Makes: metadata, zips and other formats under the published names, cards, and models, for others.


wildcard_constraints:
    released=any_of(layout.release.packages),


rule export_metadata:
    input:
        records=rules.partition_records.output.records,
        boxes=rules.gather_boxes.output.boxes,
        tsv=rules.gather_boxes.output.published,
        indices=lambda wildcards: layout.release.indices(wildcards.dataset),
    output:
        metadata=f"<results>/{{dataset}}/release/{METADATA['bioscan5m']}",
        boxes=f"<results>/{{dataset}}/release/{layout.release.BOXES['bioscan5m']}",
    log:
        logs("export_metadata", "{dataset}"),
    benchmark:
        benchmarks("export_metadata", "{dataset}")
    wildcard_constraints:
        dataset=any_of(layout.release.having("bioscan5m", cropped=True)),
    conda:
        "../../envs/images.yaml"
    threads: 2
    resources:
        **asks(mem_mb=8000, runtime=60),
    params:
        code=code("scripts/release/export_metadata.py"),
        format=lambda wildcards: layout.release.format(wildcards.dataset),
        sizes=layout.release.sizes,
    message:
        "Write the metadata of {wildcards.dataset} as published"
    script:
        "../../scripts/release/export_metadata.py"


use rule export_metadata as export_metadata_bioscan1m with:
    output:
        metadata=f"<results>/{{dataset}}/release/{METADATA['bioscan1m']}",
        boxes=f"<results>/{{dataset}}/release/{layout.release.BOXES['bioscan1m']}",
    wildcard_constraints:
        dataset=any_of(layout.release.having("bioscan1m", cropped=True)),


use rule export_metadata as export_metadata_alone with:
    input:
        records=rules.partition_records.output.records,
        boxes=[],
        indices=[],
    output:
        metadata=f"<results>/{{dataset}}/release/{METADATA['bioscan5m']}",
    wildcard_constraints:
        dataset=any_of(layout.release.having("bioscan5m", cropped=False)),


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
        format=lambda wildcards: layout.release.format(wildcards.dataset),
        archive=lambda wildcards: layout.release.archives(wildcards.dataset)[wildcards.file],
        parts=lambda wildcards: layout.release.parts(wildcards.dataset),
    message:
        "Write {wildcards.file} of {wildcards.dataset} as published"
    script:
        "../../scripts/release/export_package.py"


include: "release_formats.smk"
