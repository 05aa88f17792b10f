# Takes: the records of a dataset with their splits, and embeddings of its barcodes.
# Makes: distinct barcodes, pretrained and fine-tuned DNA models, probes, and the tables of BIOSCAN-5M.


wildcard_constraints:
    encoder="[A-Za-z0-9_-]+",
    pooling="masked|released",


# The keys and queries of every method.
rule select_sequences:
    input:
        records=rules.partition_records.output.records,
    output:
        sequences=f"<results>/{layout.barcode.SEQUENCES}",
        counts="<results>/{dataset}/tables/bioscan5m_sequences.csv",
        letters="<results>/{dataset}/tables/barcode_letters.csv",
    log:
        logs("select_sequences", "{dataset}"),
    benchmark:
        benchmarks("select_sequences", "{dataset}")
    conda:
        "../../envs/tables.yaml"
    threads: 2
    resources:
        **asks(mem_mb=16000, runtime=30),
    params:
        code=code("scripts/barcode/select_sequences.py"),
        deduplicate=layout.barcode.deduplicate,
        pretraining=layout.barcode.pretraining_splits,
    message:
        "Select the distinct barcodes of {wildcards.dataset}"
    script:
        "../../scripts/barcode/select_sequences.py"


rule pretrain_encoder:
    input:
        sequences=rules.select_sequences.output.sequences,
    output:
        weights=f"<results>/{layout.barcode.PRETRAINED}/model.safetensors",
        model=f"<results>/{layout.barcode.PRETRAINED}/config.json",
        history=f"<results>/{layout.barcode.PRETRAINED}/history.csv",
    log:
        logs("pretrain_encoder", "{dataset}.{encoder}"),
    benchmark:
        benchmarks("pretrain_encoder", "{dataset}.{encoder}")
    conda:
        "../../envs/dna.yaml"
    threads: 2
    resources:
        **asks(mem_mb=24000, runtime=2880, gpu=1, resumes=True),
    params:
        code=code("scripts/barcode/pretrain_encoder.py"),
        splits=layout.barcode.pretraining_splits,
        architecture=lambda wildcards: layout.barcode.models.architecture(wildcards.encoder),
        recipe=lambda wildcards: layout.barcode.models.pretraining(wildcards.encoder),
    message:
        "Pretrain {wildcards.encoder} on the barcodes of {wildcards.dataset}"
    script:
        "../../scripts/barcode/pretrain_encoder.py"


rule finetune_encoder:
    input:
        sequences=rules.select_sequences.output.sequences,
        weights=lambda wildcards: layout.barcode.models.weights(wildcards.encoder),
    output:
        weights=f"<results>/{layout.barcode.FINETUNED}/model.safetensors",
        model=f"<results>/{layout.barcode.FINETUNED}/config.json",
        history=f"<results>/{layout.barcode.FINETUNED}/history.csv",
        predictions=f"<results>/{layout.barcode.FINETUNED}/predictions.parquet",
    log:
        logs("finetune_encoder", "{dataset}.{encoder}.{recipe}"),
    benchmark:
        benchmarks("finetune_encoder", "{dataset}.{encoder}.{recipe}")
    conda:
        "../../envs/dna.yaml"
    threads: 2
    resources:
        **asks(mem_mb=16000, runtime=1440, gpu=1, resumes=True),
    params:
        code=code("scripts/barcode/finetune_encoder.py"),
        encoder=lambda wildcards: layout.barcode.models.encoder(wildcards.encoder),
        recipe=lambda wildcards: layout.barcode.models.finetuning(wildcards.recipe),
    message:
        "Fine-tune {wildcards.encoder} ({wildcards.recipe}) for the species of {wildcards.dataset}"
    script:
        "../../scripts/barcode/finetune_encoder.py"


include: "barcode_evaluation.smk"
include: "barcode_search.smk"
