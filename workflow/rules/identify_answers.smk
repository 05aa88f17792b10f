# Takes: what each witness says of the specimens, and how it answered queries of known labels.
# Makes: one lineage per specimen, its page, and tables of how good answers are.


rule tabulate_calibration:
    input:
        known=layout.identify.calibrations("parquet", layout.identify.witnesses),
        references=expand(
            rules.partition_records.output.records,
            dataset=layout.identify.taught_by(layout.identify.witnesses),
        ),
    output:
        "<results>/{dataset}/tables/identify_calibration.csv",
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


# Apart, as it needs the barcodes of the references alone, and no model.
rule tabulate_novelty:
    input:
        known=rules.calibrate_barcodes.output.known,
    output:
        "<results>/{dataset}/tables/identify_novelty.csv",
    log:
        logs("tabulate_novelty", "{dataset}"),
    benchmark:
        benchmarks("tabulate_novelty", "{dataset}")
    localrule: True
    conda:
        "../../envs/identify.yaml"
    params:
        code=code("scripts/identify/tabulate_novelty.py"),
    message:
        "Tabulate how well barcodes of {wildcards.dataset} tell new species"
    script:
        "../../scripts/identify/tabulate_novelty.py"


rule identify_specimens:
    input:
        records=rules.partition_records.output.records,
        references=expand(
            rules.partition_records.output.records,
            dataset=layout.identify.taught_by(layout.identify.asked),
        ),
        evidence=lambda wildcards: layout.identify.evidence(wildcards.dataset),
        nearest=rules.match_barcodes.output.nearest,
        barcodes=rules.match_barcodes.output.barcodes,
        by_length=expand(rules.tabulate_novelty.output[0], dataset=layout.identify.references),
        boxes=lambda wildcards: layout.detect.boxes(wildcards.dataset),
        region=layout.identify.region,
        passed_over=rules.ingest_records.output.quarantine,
        quarantine=lambda wildcards: [
            *layout.ingest.quarantine(wildcards.dataset),
            *layout.image.quarantine(wildcards.dataset),
        ],
        calibrations=layout.identify.calibrations("json", layout.identify.asked),
        detector=lambda wildcards: (
            layout.detect.detectors.model(layout.detect.detector_of(wildcards.dataset))
            if layout.identify.photographed
            else []
        ),
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
    conda:
        "../../envs/identify.yaml"
    resources:
        # 22 MB and 0.4 s per 1,000 specimens with six witnesses were measured, beside 0.3 GB.
        **asks(mem_mb=8000, runtime=60),
    params:
        code=code("scripts/identify/identify_specimens.py"),
        witnesses=list(layout.identify.asked),
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
        photographs=expand(
            rules.index_images.output.index,
            dataset=[layout.identify.specimens] if layout.identify.photographed else [],
        ),
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
