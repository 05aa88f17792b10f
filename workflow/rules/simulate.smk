# Takes: the config alone.
# Makes: the files that would be downloaded, under their published names, and the truth beside them.


rule simulate_records:
    output:
        metadata=f"<results>/{SOURCE}",
        truth=f"<results>/{layout.simulate.TRUTH}",
    log:
        logs("simulate_records", "{dataset}.{file}"),
    benchmark:
        benchmarks("simulate_records", "{dataset}.{file}")
    wildcard_constraints:
        dataset=any_of(layout.simulate.datasets),
        file=any_of(map(re.escape, METADATA.values())),
    conda:
        "../../envs/tables.yaml"
    resources:
        **asks(mem_mb=4000, runtime=60),
    params:
        code=code("scripts/simulate/simulate_records.py"),
        format=lambda wildcards: layout.run.datasets[wildcards.dataset]["format"],
        settings=lambda wildcards: layout.run.datasets[wildcards.dataset]["simulate"],
        archives=lambda wildcards: layout.run.datasets[wildcards.dataset]["archives"],
    message:
        "Simulate the records of {wildcards.dataset}"
    script:
        "../../scripts/simulate/simulate_records.py"


rule simulate_photographs:
    output:
        f"<results>/{SOURCE}",
    log:
        logs("simulate_photographs", "{dataset}.{file}"),
    benchmark:
        benchmarks("simulate_photographs", "{dataset}.{file}")
    wildcard_constraints:
        dataset=any_of(layout.simulate.datasets),
        file=r".+original_full.+\.zip",
    conda:
        "../../envs/images.yaml"
    resources:
        **asks(mem_mb=2000, runtime=240),
    params:
        code=code("scripts/simulate/simulate_photographs.py"),
        format=lambda wildcards: layout.run.datasets[wildcards.dataset]["format"],
        settings=lambda wildcards: layout.run.datasets[wildcards.dataset]["simulate"],
        archives=lambda wildcards: layout.run.datasets[wildcards.dataset]["archives"],
    message:
        "Simulate the photographs of {wildcards.file}"
    script:
        "../../scripts/simulate/simulate_photographs.py"


rule simulate_annotations:
    output:
        coco=f"<results>/{ANNOTATED['coco']}",
        images=f"<results>/{ANNOTATED['images']}",
    log:
        logs("simulate_annotations", "{set}"),
    benchmark:
        benchmarks("simulate_annotations", "{set}")
    wildcard_constraints:
        set=any_of(layout.simulate.sets),
    conda:
        "../../envs/images.yaml"
    resources:
        **asks(mem_mb=2000, runtime=240),
    params:
        code=code("scripts/simulate/simulate_annotations.py"),
        settings=lambda wildcards: config["detect"]["sets"][wildcards.set]["simulate"],
    message:
        "Simulate the annotated wells of set {wildcards.set}"
    script:
        "../../scripts/simulate/simulate_annotations.py"


# Specimens that are new to the references, to be identified.
rule simulate_specimens:
    output:
        photographs=directory(layout.identify.simulated["path"]),
        table=layout.identify.simulated["table"],
        truth=layout.identify.simulated["truth"],
    log:
        logs("simulate_specimens", "specimens"),
    benchmark:
        benchmarks("simulate_specimens", "specimens")
    conda:
        "../../envs/images.yaml"
    resources:
        **asks(mem_mb=2000, runtime=30),
    params:
        code=code("scripts/simulate/simulate_specimens.py"),
        settings=layout.identify.simulated,
    message:
        "Simulate new specimens"
    script:
        "../../scripts/simulate/simulate_specimens.py"
