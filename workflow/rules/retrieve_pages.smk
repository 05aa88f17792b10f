# Takes: the nearest keys and accuracies of aligned models, a model, packs of images.
# Makes: figures of accuracies, a page of queries and their keys, accuracies of damaged barcodes.


rule draw_retrieval:
    input:
        scores=rules.tabulate_retrieval.output.gathered,
    output:
        report(**artefacts.figure("retrieve_accuracy")),
        "<results>/{dataset}/figures/retrieve_accuracy.pdf",
    log:
        logs("draw_retrieval", "{dataset}"),
    benchmark:
        benchmarks("draw_retrieval", "{dataset}")
    conda:
        "../../envs/figures.yaml"
    resources:
        **asks(mem_mb=2000, runtime=10),
    params:
        code=code("scripts/retrieve/draw_retrieval.py"),
        artefact="retrieve_accuracy",
    message:
        "Draw the accuracy of the nearest keys of {wildcards.dataset}"
    script:
        "../../scripts/retrieve/draw_retrieval.py"


rule show_retrievals:
    input:
        records=rules.partition_records.output.records,
        nearest=layout.retrieve.evaluation.nearest(layout.retrieve.evaluation.shown_subject),
        index=lambda wildcards: layout.retrieve.index(wildcards.dataset),
    output:
        report(**artefacts.page("bioscan5m_figureA12")),
    log:
        logs("show_retrievals", "{dataset}"),
    benchmark:
        benchmarks("show_retrievals", "{dataset}")
    conda:
        "../../envs/search.yaml"
    resources:
        **asks(mem_mb=8000, runtime=10),
    params:
        code=code("scripts/retrieve/show_retrievals.py"),
        artefact="bioscan5m_figureA12",
        model=layout.retrieve.evaluation.shown,
        query_splits=layout.retrieve.QUERY_SPLITS["all"],
        key_splits=layout.retrieve.KEY_SPLITS["all"],
    message:
        "Show retrievals of {wildcards.dataset}"
    script:
        "../../scripts/retrieve/show_retrievals.py"


rule score_damage:
    input:
        records=rules.partition_records.output.records,
        weights=layout.retrieve.evaluation.shown_weights,
        embeddings=layout.retrieve.evaluation.embeddings(
            layout.retrieve.evaluation.shown_subject, layout.retrieve.DAMAGED
        ),
    output:
        f"<results>/{layout.retrieve.DAMAGE}",
    log:
        logs("score_damage", "{dataset}"),
    benchmark:
        benchmarks("score_damage", "{dataset}")
    conda:
        "../../envs/retrieve.yaml"
    threads: 8
    resources:
        **asks(mem_mb=16000, runtime=240, gpu=1),
    params:
        code=code("scripts/retrieve/score_damage.py"),
        modalities=layout.retrieve.DAMAGED,
        query_splits=layout.retrieve.DAMAGED_SPLITS,
        key_splits=layout.retrieve.KEY_SPLITS["all"],
        queries=layout.retrieve.evaluation.config.get("damaged_queries"),
        missing=layout.retrieve.evaluation.config.get("missing_labels"),
        batch_size=layout.embed.settings["batch_size"],
    message:
        "Score damaged barcodes of {wildcards.dataset}"
    script:
        "../../scripts/retrieve/score_damage.py"


rule draw_damage:
    input:
        scores=rules.score_damage.output[0],
    output:
        report(**artefacts.figure("retrieve_damage")),
        "<results>/{dataset}/figures/retrieve_damage.pdf",
    log:
        logs("draw_damage", "{dataset}"),
    benchmark:
        benchmarks("draw_damage", "{dataset}")
    conda:
        "../../envs/figures.yaml"
    resources:
        **asks(mem_mb=2000, runtime=10),
    params:
        code=code("scripts/retrieve/draw_damage.py"),
        artefact="retrieve_damage",
        model=layout.retrieve.evaluation.shown,
    message:
        "Draw the accuracy of damaged barcodes of {wildcards.dataset}"
    script:
        "../../scripts/retrieve/draw_damage.py"
