# Takes: specimens, with photographs, barcodes or both; and the models and references of the run.
# Makes: what each specimen is, how sure that is, and what needs a look; and how good such answers are.


rule calibrate_barcodes:
    input:
        sequences=rules.select_sequences.output.sequences,
    output:
        calibration=f"<results>/{layout.identify.CALIBRATED}/barcodes.json",
        known=f"<results>/{layout.identify.CALIBRATED}/barcodes.parquet",
    log:
        logs("calibrate_barcodes", "{dataset}"),
    benchmark:
        benchmarks("calibrate_barcodes", "{dataset}")
    conda:
        "../../envs/identify.yaml"
    threads: 16
    resources:
        **asks(mem_mb=16000, runtime=480),
    params:
        code=code("scripts/identify/calibrate_barcodes.py"),
    message:
        "Calibrate answers by the nearest barcodes of {wildcards.dataset}"
    script:
        "../../scripts/identify/calibrate_barcodes.py"


rule match_barcodes:
    input:
        records=rules.partition_records.output.records,
        sequences=expand(
            rules.select_sequences.output.sequences, dataset=layout.identify.references
        ),
        calibration=expand(
            rules.calibrate_barcodes.output.calibration, dataset=layout.identify.references
        ),
    output:
        evidence=f"<results>/{layout.identify.EVIDENCE}/barcodes.parquet",
        nearest="<results>/{dataset}/identify/nearest.parquet",
        barcodes="<results>/{dataset}/identify/barcodes.parquet",
    log:
        logs("match_barcodes", "{dataset}"),
    benchmark:
        benchmarks("match_barcodes", "{dataset}")
    conda:
        "../../envs/identify.yaml"
    threads: 16
    resources:
        **asks(mem_mb=16000, runtime=480),
    params:
        code=code("scripts/identify/match_barcodes.py"),
    message:
        "Match the barcodes of {wildcards.dataset} with those of references"
    script:
        "../../scripts/identify/match_barcodes.py"


include: "identify_images.smk"
include: "identify_answers.smk"
