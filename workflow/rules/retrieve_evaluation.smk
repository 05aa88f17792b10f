# Takes: the embeddings of queries and keys by aligned models, and the records.
# Makes: the nearest keys of queries, how often these have their labels, and Tables 5 and A17.


wildcard_constraints:
    subject=any_of(layout.retrieve.evaluation.subjects),


rule search_keys:
    input:
        records=rules.partition_records.output.records,
        embeddings=lambda wildcards: layout.retrieve.evaluation.embeddings(
            wildcards.subject, layout.retrieve.evaluation.modalities(wildcards.subject)
        ),
    output:
        f"<results>/{layout.retrieve.NEAREST}",
    log:
        logs("search_keys", "{dataset}.{subject}"),
    benchmark:
        benchmarks("search_keys", "{dataset}.{subject}")
    conda:
        "../../envs/search.yaml"
    threads: 8
    resources:
        **asks(mem_mb=16000, runtime=240),
    params:
        code=code("scripts/retrieve/search_keys.py"),
        modalities=lambda wildcards: layout.retrieve.evaluation.modalities(wildcards.subject),
        searches=lambda wildcards: layout.retrieve.evaluation.searches(wildcards.subject),
        query_splits=layout.retrieve.QUERY_SPLITS,
        key_splits=layout.retrieve.KEY_SPLITS,
    message:
        "Search the nearest keys of {wildcards.dataset} by {wildcards.subject}"
    script:
        "../../scripts/retrieve/search_keys.py"


rule score_answers:
    input:
        records=rules.partition_records.output.records,
        nearest=lambda wildcards: layout.retrieve.evaluation.nearest(wildcards.subject),
    output:
        scores=f"<results>/{layout.retrieve.SCORES}",
        novelty=f"<results>/{layout.retrieve.NOVELTY}",
    log:
        logs("score_answers", "{dataset}.{subject}"),
    benchmark:
        benchmarks("score_answers", "{dataset}.{subject}")
    conda:
        "../../envs/search.yaml"
    threads: 2
    resources:
        **asks(mem_mb=16000, runtime=60),
    params:
        code=code("scripts/retrieve/score_answers.py"),
        query_splits=layout.retrieve.QUERY_SPLITS,
        key_splits=layout.retrieve.KEY_SPLITS,
        missing=layout.retrieve.evaluation.config.get("missing_labels"),
    message:
        "Score the answers of {wildcards.subject} on {wildcards.dataset}"
    script:
        "../../scripts/retrieve/score_answers.py"


rule tabulate_retrieval:
    input:
        scores=layout.retrieve.evaluation.of_subjects(layout.retrieve.SCORES),
        novelty=layout.retrieve.evaluation.of_subjects(layout.retrieve.NOVELTY),
    output:
        gathered="<results>/{dataset}/retrieve/scores.csv",
        macro="<results>/{dataset}/tables/bioscan5m_table5.csv",
        micro="<results>/{dataset}/tables/bioscan5m_tableA17.csv",
        methods="<results>/{dataset}/tables/retrieve_methods.csv",
        novelty="<results>/{dataset}/tables/retrieve_novelty.csv",
    log:
        logs("tabulate_retrieval", "{dataset}"),
    benchmark:
        benchmarks("tabulate_retrieval", "{dataset}")
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        code=code("scripts/retrieve/tabulate_retrieval.py"),
        facts=list(layout.retrieve.evaluation.subjects.values()),
    message:
        "Tabulate the answers on {wildcards.dataset}"
    script:
        "../../scripts/retrieve/tabulate_retrieval.py"


include: "retrieve_pages.smk"
