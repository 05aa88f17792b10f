# Takes: the tables of all datasets, the published numbers, the benchmarks of all jobs.
# Makes: the pages about the run as a whole: the ledger, the costs, and the opening of the report.


#: They run after the costs are added up.
CLOSING = ("build_ledger", "tabulate_costs", "draw_strip", "write_overview")


rule build_ledger:
    input:
        tables=lambda wildcards: layout.report.compared(layout.parts()),
        published=layout.report.printed(),
        entries=layout.run.own("workflow/report/ledger.yaml"),
    output:
        ledger="<results>/overview/tables/ledger.csv",
        summary="<results>/overview/tables/ledger_summary.csv",
        page=report(**artefacts.page("ledger", dataset=layout.report.FOLDER)),
    log:
        logs("build_ledger", "all"),
    benchmark:
        benchmarks("build_ledger", "all")
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        code=code("scripts/report/build_ledger.py"),
        artefact="ledger",
        run=layout.run.config["run"],
        join_keys=layout.report.keys(),
        formats=layout.report.formats(),
        sources=layout.report.sources(),
        settings=layout.report.settings,
    message:
        "Lay every published number beside that of the run"
    script:
        "../../scripts/report/build_ledger.py"


rule tabulate_costs:
    input:
        # Their benchmarks lie beside them.
        products=layout.parts(),
    output:
        table="<results>/overview/tables/costs.csv",
        page=report(**artefacts.page("costs", dataset=layout.report.FOLDER)),
    log:
        logs("tabulate_costs", "all"),
    benchmark:
        benchmarks("tabulate_costs", "all")
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        code=code("scripts/report/tabulate_costs.py"),
        artefact="costs",
        folder=f"{layout.run.results}/benchmarks",
        # Of the jobs that make them, and of no others that lie there.
        measured=lambda wildcards: sorted(
            str(job.benchmark)
            for job in workflow.dag.jobs
            if job.benchmark and job.rule.name not in CLOSING
        ),
        stages=lambda wildcards: {
            rule.name: Path(rule.script).parent.name for rule in workflow.rules if rule.script
        },
        order=[stage.name for stage in layout.stages],
    message:
        "Tabulate the costs of every rule"
    script:
        "../../scripts/report/tabulate_costs.py"


rule draw_strip:
    input:
        index=lambda wildcards: layout.report.shown_index(wildcards.dataset),
    output:
        f"<results>/{layout.report.STRIP}",
    log:
        logs("draw_strip", "{dataset}"),
    benchmark:
        benchmarks("draw_strip", "{dataset}")
    wildcard_constraints:
        dataset=any_of(layout.report.strips()),
    localrule: True
    conda:
        "../../envs/images.yaml"
    params:
        code=code("scripts/report/draw_strip.py"),
    message:
        "Draw a strip of images of {wildcards.dataset}"
    script:
        "../../scripts/report/draw_strip.py"


rule write_overview:
    input:
        ledger=rules.build_ledger.output.ledger,
        summary=rules.build_ledger.output.summary,
        costs=rules.tabulate_costs.output.table,
        splits=layout.report.splits(),
        quarantines=layout.report.quarantines(),
        indexes=layout.report.indexes(),
        strips=layout.report.all_strips(),
    output:
        f"<results>/{layout.report.OVERVIEW}",
    log:
        logs("write_overview", "all"),
    benchmark:
        benchmarks("write_overview", "all")
    localrule: True
    conda:
        "../../envs/tables.yaml"
    params:
        code=code("scripts/report/write_overview.py"),
        run=layout.run.config["run"],
        datasets=layout.report.facts(),
        shown=list(layout.report.strips()),
        packages=layout.report.strips(),
        chapters=layout.report.chapters(layout.products()),
        pages=dict(zip(["ledger", "costs"], layout.report.closing())),
    message:
        "Write the opening of the report"
    script:
        "../../scripts/report/write_overview.py"
