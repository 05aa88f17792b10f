# Takes: the image index and the boxes.
# Makes: packs of crops and resized images, with an index per package; figures to look at.
#
# Other stages take a package's index in place of its packs, from which it follows to the byte.


wildcard_constraints:
    package=any_of(layout.run.packages),


rule pack_images:
    input:
        index=rules.index_images.output.index,
        boxes=rules.predict_boxes.output[0],
    output:
        packs=expand(
            f"<results>/{layout.image.PACK}", package=layout.run.packages, allow_missing=True
        ),
        contents=f"<results>/{layout.image.CONTENTS}",
        quarantine="<results>/{dataset}/packs/quarantine/{shard}.parquet",
    log:
        logs("pack_images", "{dataset}.{shard}"),
    benchmark:
        benchmarks("pack_images", "{dataset}.{shard}")
    conda:
        "../../envs/images.yaml"
    resources:
        **asks(mem_mb=8000, runtime=480),
    params:
        code=code("scripts/image/pack_images.py"),
        shards=lambda wildcards: layout.run.datasets[wildcards.dataset]["shards"],
        settings=config["image"],
    message:
        "Crop and pack {wildcards.dataset}, shard {wildcards.shard}"
    script:
        "../../scripts/image/pack_images.py"


rule index_package:
    input:
        # Not read, but a newer pack makes a newer index.
        packs=layout.run.all_shards(f"{layout.run.results}/{layout.image.PACK}"),
        contents=layout.run.all_shards(rules.pack_images.output.contents),
    output:
        f"<results>/{layout.image.INDEX}",
    log:
        logs("index_package", "{dataset}.{package}"),
    benchmark:
        benchmarks("index_package", "{dataset}.{package}")
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        code=code("scripts/image/index_package.py"),
    message:
        "Index package {wildcards.package} of {wildcards.dataset}"
    script:
        "../../scripts/image/index_package.py"


rule draw_sheet:
    input:
        index=rules.index_images.output.index,
        boxes=rules.gather_boxes.output.boxes,
    output:
        report(**artefacts.figure("{sheet}")),
    log:
        logs("draw_sheet", "{dataset}.{sheet}"),
    benchmark:
        benchmarks("draw_sheet", "{dataset}.{sheet}")
    wildcard_constraints:
        sheet="crops|worst_crops|quarantined",
    conda:
        "../../envs/figures.yaml"
    resources:
        **asks(mem_mb=2000, runtime=30),
    params:
        code=code("scripts/image/draw_sheet.py"),
        artefact="{sheet}",
        settings=lambda wildcards: layout.image.cropping(wildcards.sheet),
    message:
        "Draw {wildcards.sheet} of {wildcards.dataset}"
    script:
        "../../scripts/image/draw_sheet.py"


rule draw_distributions:
    input:
        boxes=rules.gather_boxes.output.boxes,
    output:
        report(**artefacts.figure("boxes")),
        "<results>/{dataset}/figures/boxes.pdf",
    log:
        logs("draw_distributions", "{dataset}"),
    benchmark:
        benchmarks("draw_distributions", "{dataset}")
    conda:
        "../../envs/figures.yaml"
    resources:
        **asks(mem_mb=2000, runtime=10),
    params:
        code=code("scripts/image/draw_distributions.py"),
        artefact="boxes",
    message:
        "Draw scores and sizes of the boxes of {wildcards.dataset}"
    script:
        "../../scripts/image/draw_distributions.py"
