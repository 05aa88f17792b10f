# Takes: the config alone.
# Makes: the files that would be downloaded, under their published names, and the truth beside them.


rule simulate_records:
    output:
        metadata="<results>/{simulated}/source/{metadata}",
        truth="<results>/{simulated}/truth/{metadata}.parquet",
    log:
        logs("simulate_records", "{simulated}.{metadata}"),
    benchmark:
        benchmarks("simulate_records", "{simulated}.{metadata}")
    wildcard_constraints:
        simulated=any_of(layout.simulate.datasets),
        metadata=any_of(METADATA.values()),
    conda:
        "../../envs/tables.yaml"
    resources:
        **asks(mem_mb=4000, runtime=60),
    params:
        code=code("scripts/simulate/simulate_records.py"),
        format=lambda wildcards: layout.run.datasets[wildcards.simulated]["format"],
        settings=lambda wildcards: layout.run.datasets[wildcards.simulated]["simulate"],
        archives=lambda wildcards: layout.run.datasets[wildcards.simulated]["archives"],
    message:
        "Simulate the records of {wildcards.simulated}"
    script:
        "../../scripts/simulate/simulate_records.py"


rule simulate_photographs:
    output:
        "<results>/{simulated}/source/{archive}",
    log:
        logs("simulate_photographs", "{simulated}.{archive}"),
    benchmark:
        benchmarks("simulate_photographs", "{simulated}.{archive}")
    wildcard_constraints:
        simulated=any_of(layout.simulate.datasets),
        archive=r".+original_full.+\.zip",
    conda:
        "../../envs/images.yaml"
    resources:
        **asks(mem_mb=2000, runtime=240),
    params:
        code=code("scripts/simulate/simulate_photographs.py"),
        format=lambda wildcards: layout.run.datasets[wildcards.simulated]["format"],
        settings=lambda wildcards: layout.run.datasets[wildcards.simulated]["simulate"],
        archives=lambda wildcards: layout.run.datasets[wildcards.simulated]["archives"],
    message:
        "Simulate the photographs of {wildcards.archive}"
    script:
        "../../scripts/simulate/simulate_photographs.py"


rule simulate_annotations:
    output:
        coco=f"<results>/{layout.simulate.COCO}",
        images=f"<results>/{layout.simulate.IMAGES}",
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
