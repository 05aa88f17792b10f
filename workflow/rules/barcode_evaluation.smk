# Takes: distinct barcodes, their embeddings, and predictions of fine-tuned models and searches.
# Makes: predictions of probes, the tables and figures of DNA models.


rule find_nearest_keys:
    input:
        sequences=rules.select_sequences.output.sequences,
        embeddings=lambda wildcards: layout.barcode.models.embeddings(
            wildcards.encoder, wildcards.pooling
        ),
    output:
        f"<results>/{layout.barcode.PROBED}/{{probe}}.parquet",
    log:
        logs("find_nearest_keys", "{dataset}.{encoder}.{pooling}.{probe}"),
    benchmark:
        benchmarks("find_nearest_keys", "{dataset}.{encoder}.{pooling}.{probe}")
    wildcard_constraints:
        probe="1nn_probe|1nn_probe_centred",
    conda:
        "../../envs/dna.yaml"
    resources:
        **asks(mem_mb=8000, runtime=60, gpu=1),
    params:
        code=code("scripts/barcode/find_nearest_keys.py"),
        centred=lambda wildcards: wildcards.probe == "1nn_probe_centred",
    message:
        "Find the nearest training barcode by {wildcards.encoder} ({wildcards.pooling}, {wildcards.probe})"
    script:
        "../../scripts/barcode/find_nearest_keys.py"


rule train_linear_probe:
    input:
        sequences=rules.select_sequences.output.sequences,
        embeddings=lambda wildcards: layout.barcode.models.embeddings(
            wildcards.encoder, wildcards.pooling
        ),
    output:
        f"<results>/{layout.barcode.PROBED}/linear_probe.parquet",
    log:
        logs("train_linear_probe", "{dataset}.{encoder}.{pooling}"),
    benchmark:
        benchmarks("train_linear_probe", "{dataset}.{encoder}.{pooling}")
    conda:
        "../../envs/dna.yaml"
    threads: 2
    resources:
        **asks(mem_mb=8000, runtime=240, gpu=1),
    params:
        code=code("scripts/barcode/train_linear_probe.py"),
        recipe=layout.barcode.probe,
    message:
        "Train a linear probe on {wildcards.encoder} ({wildcards.pooling})"
    script:
        "../../scripts/barcode/train_linear_probe.py"


rule tabulate_dna_models:
    input:
        sequences=rules.select_sequences.output.sequences,
        descriptions=layout.barcode.models.descriptions(),
        predictions=layout.barcode.models.predictions(),
        searches=layout.barcode.searched("predictions.parquet"),
        summaries=layout.barcode.searched("summary.json"),
        # None of both without the exact search.
        exact=layout.barcode.exact("predictions.parquet"),
        short=layout.barcode.short,
    output:
        models="<results>/{dataset}/tables/bioscan5m_table4.csv",
        search="<results>/{dataset}/tables/bioscan5m_tableA15.csv",
        ranks="<results>/{dataset}/tables/barcode_ranks.csv",
        distances="<results>/{dataset}/tables/barcode_distances.csv",
        lengths="<results>/{dataset}/tables/barcode_lengths.csv",
    log:
        logs("tabulate_dna_models", "{dataset}"),
    benchmark:
        benchmarks("tabulate_dna_models", "{dataset}")
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        code=code("scripts/barcode/tabulate_dna_models.py"),
        pretraining=layout.barcode.pretraining_splits,
        evaluations=layout.barcode.models.described,
    message:
        "Tabulate the DNA models of {wildcards.dataset}"
    script:
        "../../scripts/barcode/tabulate_dna_models.py"


rule draw_accuracy:
    input:
        "<results>/{dataset}/tables/barcode_{by}.csv",
    output:
        report(**artefacts.figure("barcode_{by}")),
        "<results>/{dataset}/figures/barcode_{by}.pdf",
    log:
        logs("draw_accuracy", "{dataset}.{by}"),
    benchmark:
        benchmarks("draw_accuracy", "{dataset}.{by}")
    wildcard_constraints:
        by="ranks|distances|lengths",
    localrule: True
    conda:
        "../../envs/figures.yaml"
    params:
        code=code("scripts/barcode/draw_accuracy.py"),
        artefact="barcode_{by}",
        encoders=list(layout.run.encoders.given),
    message:
        "Draw the accuracy of DNA models of {wildcards.dataset} by {wildcards.by}"
    script:
        "../../scripts/barcode/draw_accuracy.py"
