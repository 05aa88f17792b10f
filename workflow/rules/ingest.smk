# Takes: metadata and archives or packages as published or simulated, or a folder of the user's with its
# table.
# Makes: the canonical records; the image index, which says where each image lies in its archive; what
# cannot be used of either; and for each a table of what was passed over or taken for something else.


wildcard_constraints:
    dataset=any_of(layout.run.datasets),
    package=any_of(layout.run.all_packages),


rule ingest_records:
    input:
        metadata=lambda wildcards: layout.ingest.metadata(wildcards.dataset),
        folder=lambda wildcards: layout.ingest.folder(wildcards.dataset),
    output:
        records=f"<results>/{layout.ingest.RECORDS}",
        quarantine="<results>/{dataset}/records/quarantine.parquet",
        reading="<results>/{dataset}/tables/reading.csv",
    log:
        logs("ingest_records", "{dataset}"),
    benchmark:
        benchmarks("ingest_records", "{dataset}")
    conda:
        "../../envs/images.yaml"
    threads: 2
    resources:
        **asks(mem_mb=4000, runtime=60),
    params:
        code=code("scripts/ingest/ingest_records.py"),
        format=lambda wildcards: layout.run.datasets[wildcards.dataset]["format"],
        missing=lambda wildcards: layout.run.datasets[wildcards.dataset]["missing"],
        min_barcode_letters=lambda wildcards: layout.run.min_barcode_letters(wildcards.dataset),
        max_quarantined_share=config["max_quarantined_share"],
    message:
        "Read the records of {wildcards.dataset}"
    script:
        "../../scripts/ingest/ingest_records.py"


# Archives are inputs of this rule alone. All others read them through the index, which follows from
# them: naming 113 archives for each of 369 shards took a dry run of the full reproduction 5 s.
rule index_images:
    input:
        records=rules.ingest_records.output.records,
        archives=lambda wildcards: layout.ingest.archives(wildcards.dataset),
        folder=lambda wildcards: layout.ingest.folder(wildcards.dataset),
        verdicts=lambda wildcards: layout.run.verdicts(wildcards.dataset),
    output:
        index=f"<results>/{layout.ingest.INDEX}",
        quarantine=f"<results>/{layout.ingest.QUARANTINE}",
        reading="<results>/{dataset}/tables/reading_images.csv",
    log:
        logs("index_images", "{dataset}"),
    benchmark:
        benchmarks("index_images", "{dataset}")
    wildcard_constraints:
        dataset=any_of(layout.run.cropped),
    conda:
        "../../envs/images.yaml"
    threads: 2
    resources:
        **asks(mem_mb=8000, runtime=480),
    params:
        code=code("scripts/ingest/index_images.py"),
        every_record=lambda wildcards: layout.ingest.every_record(wildcards.dataset),
        max_quarantined_share=config["max_quarantined_share"],
    message:
        "Index the images of {wildcards.dataset} inside their archives"
    script:
        "../../scripts/ingest/index_images.py"


use rule index_images as index_images_of_package with:
    input:
        records=rules.ingest_records.output.records,
        archives=lambda wildcards: layout.run.package_files(wildcards.dataset, wildcards.package),
        folder=[],
        verdicts=lambda wildcards: layout.run.verdicts(wildcards.dataset),
    output:
        index=f"<results>/{layout.ingest.PACKAGE_INDEX}",
        quarantine=f"<results>/{layout.ingest.PACKAGE_QUARANTINE}",
        reading="<results>/{dataset}/tables/reading_{package}.csv",
    log:
        logs("index_images_of_package", "{dataset}.{package}"),
    benchmark:
        benchmarks("index_images_of_package", "{dataset}.{package}")
    wildcard_constraints:
        dataset=any_of(layout.run.packaged),
    message:
        "Index the images of {wildcards.dataset} inside the files of package {wildcards.package}"
