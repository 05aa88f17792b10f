# Takes: the predictions of all models of an experiment, of which the best one on the validation
# split is selected.
# Makes: what is drawn of the selected model, and what it gets wrong.


rule draw_selected:
    input:
        unpack(lambda wildcards: layout.classify.predicted(wildcards.experiment)),
        runs=rules.summarise_classifiers.output[0],
    output:
        report(**artefacts.figure("{figure}", of="{figure}_{experiment}")),
        "<results>/{dataset}/figures/{figure}_{experiment}.pdf",
    log:
        logs("draw_selected", "{dataset}.{figure}.{experiment}"),
    benchmark:
        benchmarks("draw_selected", "{dataset}.{figure}.{experiment}")
    wildcard_constraints:
        figure="confusion|accuracy",
    conda:
        "../../envs/figures.yaml"
    resources:
        **asks(mem_mb=2000, runtime=10),
    params:
        code=code("scripts/classify/draw_selected.py"),
        artefact="{figure}",
        runs=lambda wildcards: layout.classify.grid_of(wildcards.experiment),
    message:
        "Draw {wildcards.figure} of {wildcards.experiment}"
    script:
        "../../scripts/classify/draw_selected.py"


rule draw_misclassified:
    input:
        unpack(lambda wildcards: layout.classify.predicted(wildcards.experiment)),
        runs=rules.summarise_classifiers.output[0],
        index=lambda wildcards: layout.image.index(
            wildcards.dataset, layout.classify.grid_of(wildcards.experiment)[0]["package"]
        ),
    output:
        report(**artefacts.figure("bioscan1m_figureA4", of="bioscan1m_figureA4_{experiment}")),
        "<results>/{dataset}/figures/bioscan1m_figureA4_{experiment}.pdf",
    log:
        logs("draw_misclassified", "{dataset}.{experiment}"),
    benchmark:
        benchmarks("draw_misclassified", "{dataset}.{experiment}")
    conda:
        "../../envs/figures.yaml"
    resources:
        **asks(mem_mb=4000, runtime=30),
    params:
        code=code("scripts/classify/draw_misclassified.py"),
        artefact="bioscan1m_figureA4",
        runs=lambda wildcards: layout.classify.grid_of(wildcards.experiment),
    message:
        "Draw what {wildcards.experiment} takes for its dominant class"
    script:
        "../../scripts/classify/draw_misclassified.py"


rule find_suspects:
    input:
        unpack(lambda wildcards: layout.classify.predicted(wildcards.experiment)),
        runs=rules.summarise_classifiers.output[0],
        index=lambda wildcards: layout.image.index(
            wildcards.dataset, layout.classify.grid_of(wildcards.experiment)[0]["package"]
        ),
        boxes=lambda wildcards: layout.detect.boxes(wildcards.dataset),
    output:
        table="<results>/{dataset}/tables/suspects_{experiment}.csv",
        summary="<results>/{dataset}/classify/errors/{experiment}.csv",
        page=report(**artefacts.page("suspects", of="suspects_{experiment}")),
    log:
        logs("find_suspects", "{dataset}.{experiment}"),
    benchmark:
        benchmarks("find_suspects", "{dataset}.{experiment}")
    conda:
        "../../envs/figures.yaml"
    resources:
        **asks(mem_mb=4000, runtime=60),
    params:
        code=code("scripts/classify/find_suspects.py"),
        artefact="suspects",
        runs=lambda wildcards: layout.classify.grid_of(wildcards.experiment),
    message:
        "Find bad photographs and wrong labels among the errors of {wildcards.experiment}"
    script:
        "../../scripts/classify/find_suspects.py"


rule tabulate_errors:
    input:
        summaries=expand(
            "<results>/{{dataset}}/classify/errors/{experiment}.csv",
            experiment=layout.classify.experiments,
        ),
    output:
        "<results>/{dataset}/tables/bioscan1m_sectionA64.csv",
    log:
        logs("tabulate_errors", "{dataset}"),
    benchmark:
        benchmarks("tabulate_errors", "{dataset}")
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        code=code("scripts/classify/tabulate_errors.py"),
    message:
        "Tabulate the errors of the selected classifiers"
    script:
        "../../scripts/classify/tabulate_errors.py"
