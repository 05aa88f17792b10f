# Takes: the distinct barcodes of a dataset, and its records.
# Makes: the nearest training barcodes by alignment, and barcodes that look wrong.


wildcard_constraints:
    method="exact|blastn",


rule search_barcodes:
    input:
        sequences=rules.select_sequences.output.sequences,
    output:
        answers=f"<results>/{layout.barcode.SEARCHED}/predictions.parquet",
        summary=f"<results>/{layout.barcode.SEARCHED}/summary.json",
    log:
        logs("search_barcodes", "{dataset}.{method}"),
    benchmark:
        benchmarks("search_barcodes", "{dataset}.{method}")
    conda:
        "../../envs/blast.yaml"
    threads: 16
    resources:
        **asks(mem_mb=16000, runtime=240),
    params:
        code=code("scripts/barcode/search_barcodes.py"),
        answer=layout.barcode.alignment.get("answer"),
        max_targets=layout.barcode.alignment.get("max_target_seqs"),
    message:
        "Search the training barcodes of {wildcards.dataset} ({wildcards.method})"
    script:
        "../../scripts/barcode/search_barcodes.py"


# The same queries at several lengths, as of reads that end early.
rule search_short_barcodes:
    input:
        sequences=rules.select_sequences.output.sequences,
    output:
        f"<results>/{layout.barcode.SHORT}",
    log:
        logs("search_short_barcodes", "{dataset}"),
    benchmark:
        benchmarks("search_short_barcodes", "{dataset}")
    conda:
        "../../envs/blast.yaml"
    threads: 16
    resources:
        **asks(mem_mb=16000, runtime=480),
    params:
        code=code("scripts/barcode/search_short_barcodes.py"),
        answer=layout.barcode.alignment.get("answer"),
    message:
        "Search the training barcodes of {wildcards.dataset} for queries that are cut short"
    script:
        "../../scripts/barcode/search_short_barcodes.py"


rule compare_searches:
    input:
        sequences=rules.select_sequences.output.sequences,
        answers=layout.barcode.searched("predictions.parquet"),
        summaries=layout.barcode.searched("summary.json"),
    output:
        table="<results>/{dataset}/tables/barcode_searches.csv",
        differences="<results>/{dataset}/barcode/search/differences.csv",
    log:
        logs("compare_searches", "{dataset}"),
    benchmark:
        benchmarks("compare_searches", "{dataset}")
    localrule: True
    conda:
        "../../envs/blast.yaml"
    params:
        code=code("scripts/barcode/compare_searches.py"),
    message:
        "Compare the searches of {wildcards.dataset}"
    script:
        "../../scripts/barcode/compare_searches.py"


rule find_barcode_suspects:
    input:
        records=rules.partition_records.output.records,
    output:
        quality="<results>/{dataset}/barcode/quality.parquet",
        suspects="<results>/{dataset}/tables/barcode_suspects.csv",
        counts="<results>/{dataset}/tables/barcode_quality.csv",
    log:
        logs("find_barcode_suspects", "{dataset}"),
    benchmark:
        benchmarks("find_barcode_suspects", "{dataset}")
    conda:
        "../../envs/blast.yaml"
    threads: 16
    resources:
        **asks(mem_mb=32000, runtime=480),
    params:
        code=code("scripts/barcode/find_barcode_suspects.py"),
    message:
        "Find barcodes of {wildcards.dataset} that look wrong"
    script:
        "../../scripts/barcode/find_barcode_suspects.py"
