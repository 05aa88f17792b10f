# Stands in for `acquire`: the same files, made instead of downloaded.


rule simulate_records:
    input:
        code=code("scripts/simulate/simulate_records.py"),
    output:
        metadata="<results>/{simulated}/source/{metadata}",
        truth="<results>/{simulated}/truth/{metadata}.parquet",
    log:
        "<logs>/{simulated}/simulate_records/{metadata}.log",
    benchmark:
        "<benchmarks>/{simulated}/simulate_records/{metadata}.tsv"
    wildcard_constraints:
        simulated="|".join(layout.having(source="simulated")) or "(?!)",
        metadata="|".join(layout.metadata_names),
    conda:
        "../../envs/tables.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        format=lambda wildcards: layout.datasets[wildcards.simulated]["format"],
        settings=lambda wildcards: layout.datasets[wildcards.simulated]["simulate"],
        archives=lambda wildcards: layout.datasets[wildcards.simulated]["archives"],
    message:
        "Simulate the records of {wildcards.simulated}"
    script:
        "../../scripts/simulate/simulate_records.py"


rule simulate_photographs:
    input:
        code=code("scripts/simulate/simulate_photographs.py"),
    output:
        "<results>/{simulated}/source/{archive}",
    log:
        "<logs>/{simulated}/simulate_photographs/{archive}.log",
    benchmark:
        "<benchmarks>/{simulated}/simulate_photographs/{archive}.tsv"
    wildcard_constraints:
        simulated="|".join(layout.having(source="simulated")) or "(?!)",
        archive=r".+original_full.+\.zip",
    conda:
        "../../envs/images.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(240),
    params:
        format=lambda wildcards: layout.datasets[wildcards.simulated]["format"],
        settings=lambda wildcards: layout.datasets[wildcards.simulated]["simulate"],
        archives=lambda wildcards: layout.datasets[wildcards.simulated]["archives"],
    message:
        "Simulate the photographs of {wildcards.archive}"
    script:
        "../../scripts/simulate/simulate_photographs.py"


rule simulate_annotations:
    input:
        code=code("scripts/simulate/simulate_annotations.py"),
    output:
        coco="<results>/detect/sets/{set}/instances.json",
        photographs="<results>/detect/sets/{set}/images.zip",
    log:
        "<logs>/detect/simulate_annotations/{set}.log",
    benchmark:
        "<benchmarks>/detect/simulate_annotations/{set}.tsv"
    wildcard_constraints:
        set="|".join(layout.simulated_sets) or "(?!)",
    conda:
        "../../envs/images.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(240),
    params:
        settings=lambda wildcards: config["detect"]["sets"][wildcards.set]["simulate"],
    message:
        "Simulate the annotated wells of set {wildcards.set}"
    script:
        "../../scripts/simulate/simulate_annotations.py"
