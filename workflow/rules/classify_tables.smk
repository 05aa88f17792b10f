# Takes: the metrics of trained classifiers.
# Makes: which of them are selected, and the tables of BIOSCAN-1M or of ranks.


rule summarise_classifiers:
    input:
        metrics=layout.classify.files("metrics.json", layout.classify.grid),
    output:
        "<results>/{dataset}/classify/runs.csv",
    log:
        logs("summarise_classifiers", "{dataset}"),
    benchmark:
        benchmarks("summarise_classifiers", "{dataset}")
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        code=code("scripts/classify/summarise_classifiers.py"),
        runs=layout.classify.grid,
    message:
        "Compare the classifiers"
    script:
        "../../scripts/classify/summarise_classifiers.py"


rule tabulate_classifiers:
    input:
        rules.summarise_classifiers.output[0],
    output:
        test="<results>/{dataset}/tables/bioscan1m_table5.csv",
        accuracy="<results>/{dataset}/tables/bioscan1m_tableA3.csv",
        f1="<results>/{dataset}/tables/bioscan1m_tableA4.csv",
    log:
        logs("tabulate_classifiers", "{dataset}"),
    benchmark:
        benchmarks("tabulate_classifiers", "{dataset}")
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        code=code("scripts/classify/tabulate_classifiers.py"),
    message:
        "Tabulate the classifiers"
    script:
        "../../scripts/classify/tabulate_classifiers.py"


rule tabulate_ablation:
    input:
        metrics=layout.classify.files("metrics.json", layout.classify.ablation),
    output:
        "<results>/{dataset}/tables/bioscan1m_tableA6.csv",
    log:
        logs("tabulate_ablation", "{dataset}"),
    benchmark:
        benchmarks("tabulate_ablation", "{dataset}")
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        code=code("scripts/classify/tabulate_ablation.py"),
        runs=layout.classify.ablation,
    message:
        "Tabulate the packages that classifiers are trained on"
    script:
        "../../scripts/classify/tabulate_ablation.py"


rule tabulate_ranks:
    input:
        rules.summarise_classifiers.output[0],
    output:
        "<results>/{dataset}/tables/classifiers.csv",
    log:
        logs("tabulate_ranks", "{dataset}"),
    benchmark:
        benchmarks("tabulate_ranks", "{dataset}")
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        code=code("scripts/classify/tabulate_ranks.py"),
    message:
        "Tabulate the classifiers of {wildcards.dataset}, by rank"
    script:
        "../../scripts/classify/tabulate_ranks.py"
