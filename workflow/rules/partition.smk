# Takes: the cleaned records.
# Makes: the same with the experiments of BIOSCAN-1M, or species sets and splits of BIOSCAN-5M.


rule partition_records:
    input:
        records=rules.clean_labels.output.records,
    output:
        records=f"<results>/{layout.partition.RECORDS}",
    log:
        logs("partition_records", "{dataset}"),
    benchmark:
        benchmarks("partition_records", "{dataset}")
    conda:
        "../../envs/tables.yaml"
    threads: 2
    resources:
        **asks(mem_mb=8000, runtime=30),
    params:
        code=code("scripts/partition/partition_records.py"),
        format=lambda wildcards: layout.run.datasets[wildcards.dataset]["format"],
        settings=lambda wildcards: layout.partition.settings(wildcards.dataset),
    message:
        "Divide {wildcards.dataset} into splits"
    script:
        "../../scripts/partition/partition_records.py"
