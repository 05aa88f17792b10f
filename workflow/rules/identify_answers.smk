# Takes: what each witness says of the specimens, and how it answered queries of known labels.
# Makes: one lineage per specimen, its page, and tables of how good answers are.


rule tabulate_calibration:
    input:
        known=layout.identify.calibrations("parquet"),
        references=expand(rules.partition_records.output.records, dataset=layout.identify.taught_by),
    output:
        calibration="<results>/{dataset}/tables/identify_calibration.csv",
        novelty="<results>/{dataset}/tables/identify_novelty.csv",
    log:
        logs("tabulate_calibration", "{dataset}"),
    benchmark:
        benchmarks("tabulate_calibration", "{dataset}")
    localrule: True
    conda:
        "../../envs/identify.yaml"
    params:
        code=code("scripts/identify/tabulate_calibration.py"),
        witnesses=list(layout.identify.witnesses),
        confidence=layout.identify.confidence,
    message:
        "Tabulate how good answers by {wildcards.dataset} are"
    script:
        "../../scripts/identify/tabulate_calibration.py"


rule identify_specimens:
    input:
        records=rules.partition_records.output.records,
        references=expand(rules.partition_records.output.records, dataset=layout.identify.taught_by),
        evidence=lambda wildcards: layout.identify.evidence(wildcards.dataset),
        nearest=rules.match_barcodes.output.nearest,
        barcodes=rules.match_barcodes.output.barcodes,
        by_length=expand(
            rules.tabulate_calibration.output.novelty, dataset=layout.identify.references
        ),
        boxes=lambda wildcards: layout.detect.boxes(wildcards.dataset),
        quarantine=lambda wildcards: [
            *layout.ingest.quarantine(wildcards.dataset),
            *layout.image.quarantine(wildcards.dataset),
        ],
        calibrations=layout.identify.calibrations("json"),
        used=[
            *expand(rules.select_sequences.output.sequences, dataset=layout.identify.references),
            *layout.identify.aligned_weights(),
        ],
    output:
        identified="<results>/{dataset}/identify/identified.parquet",
        table="<results>/{dataset}/identify/identified.csv",
        models="<results>/{dataset}/identify/models.json",
    log:
        logs("identify_specimens", "{dataset}"),
    benchmark:
        benchmarks("identify_specimens", "{dataset}")
    localrule: True
    conda:
        "../../envs/identify.yaml"
    params:
        code=code("scripts/identify/identify_specimens.py"),
        witnesses=list(layout.identify.witnesses),
        confidence=layout.identify.confidence,
        facts=layout.identify.facts,
    message:
        "Identify the specimens of {wildcards.dataset}"
    script:
        "../../scripts/identify/identify_specimens.py"


rule show_identified:
    input:
        identified=rules.identify_specimens.output.identified,
        models=rules.identify_specimens.output.models,
        index=layout.identify.index(),
    output:
        report(**artefacts.page("identified")),
    log:
        logs("show_identified", "{dataset}"),
    benchmark:
        benchmarks("show_identified", "{dataset}")
    conda:
        "../../envs/identify.yaml"
    resources:
        **asks(mem_mb=4000, runtime=30),
    params:
        code=code("scripts/identify/show_identified.py"),
        artefact="identified",
    message:
        "Show the specimens of {wildcards.dataset}"
    script:
        "../../scripts/identify/show_identified.py"
