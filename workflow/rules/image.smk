# Takes: the image index and the boxes; or the index of the images of a package, which are copied.
# Makes: packs of crops and resized images, with an index per package; figures to look at.
#
# Other stages take a package's index in place of its packs, from which it follows to the byte.


rule pack_images:
    input:
        index=rules.index_images.output.index,
        boxes=rules.predict_boxes.output[0],
    output:
        packs=expand(
            f"<results>/{layout.image.PACK}",
            package=config["image"]["packages"],
            allow_missing=True,
        ),
        contents=f"<results>/{layout.image.CONTENTS}",
        quarantine=f"<results>/{layout.image.QUARANTINE}",
    log:
        logs("pack_images", "{dataset}.{shard}"),
    benchmark:
        benchmarks("pack_images", "{dataset}.{shard}")
    wildcard_constraints:
        dataset=any_of(layout.run.cropped),
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


rule copy_package:
    input:
        index=rules.index_images_of_package.output.index,
    output:
        pack=f"<results>/{layout.image.PACK}",
        contents=f"<results>/{layout.image.COPIED_CONTENTS}",
        quarantine=f"<results>/{layout.image.COPIED_QUARANTINE}",
    log:
        logs("copy_package", "{dataset}.{package}.{shard}"),
    benchmark:
        benchmarks("copy_package", "{dataset}.{package}.{shard}")
    wildcard_constraints:
        dataset=any_of(layout.run.packaged),
    conda:
        "../../envs/images.yaml"
    resources:
        **asks(mem_mb=8000, runtime=240),
    params:
        code=code("scripts/image/copy_package.py"),
        shards=lambda wildcards: layout.run.datasets[wildcards.dataset]["shards"],
    message:
        "Copy {wildcards.package} of {wildcards.dataset} into packs, shard {wildcards.shard}"
    script:
        "../../scripts/image/copy_package.py"


rule index_package:
    input:
        # Not read, but a newer pack makes a newer index.
        packs=layout.run.all_shards(f"{layout.run.results}/{layout.image.PACK}"),
        contents=lambda wildcards: layout.image.contents(wildcards.dataset, wildcards.package),
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


include: "image_examples.smk"


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
        threshold=lambda wildcards: layout.detect.threshold(wildcards.dataset),
    message:
        "Draw scores and sizes of the boxes of {wildcards.dataset}"
    script:
        "../../scripts/image/draw_distributions.py"
