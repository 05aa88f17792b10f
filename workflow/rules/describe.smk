# Takes: the records with their splits.
# Makes: the papers' tables and figures of a dataset.
#
# All tables of a dataset are made in one job, from one read of its records. Which tables there are
# depends on the format, so there is one rule per format.


rule describe_records:
    input:
        records=rules.partition_records.output.records,
        # For sizes, which the published records carry.
        boxes=lambda wildcards: layout.run.measured_boxes(wildcards.dataset),
        # Their photographs, where the run has any.
        images=lambda wildcards: layout.ingest.photographs(wildcards.dataset),
    output:
        expand(
            "<results>/{{dataset}}/tables/{name}.csv",
            name=artefacts.names("describe", "table", "bioscan5m"),
        ),
    log:
        logs("describe_records", "{dataset}"),
    benchmark:
        benchmarks("describe_records", "{dataset}")
    wildcard_constraints:
        dataset=any_of(layout.run.having(format="bioscan5m")),
    conda:
        "../../envs/tables.yaml"
    threads: 2
    resources:
        **asks(mem_mb=8000, runtime=30),
    params:
        code=code("scripts/describe/describe_records.py"),
        mm_per_pixel=lambda wildcards: layout.run.datasets[wildcards.dataset].get("mm_per_pixel"),
    message:
        "Count the records of {wildcards.dataset} for all its tables"
    script:
        "../../scripts/describe/describe_records.py"


# The tables of 1M have no sizes.
use rule describe_records as describe_records_bioscan1m with:
    input:
        records=rules.partition_records.output.records,
        boxes=[],
        images=rules.describe_records.input.images,
    output:
        expand(
            "<results>/{{dataset}}/tables/{name}.csv",
            name=artefacts.names("describe", "table", "bioscan1m"),
        ),
    wildcard_constraints:
        dataset=any_of(layout.run.having(format="bioscan1m")),


use rule describe_records as describe_records_own with:
    output:
        expand(
            "<results>/{{dataset}}/tables/{name}.csv",
            name=artefacts.names("describe", "table", "folder"),
        ),
    wildcard_constraints:
        dataset=any_of([*layout.run.having(format="folder"), *layout.run.having(format="bold")]),


rule draw_figure:
    input:
        records=rules.partition_records.output.records,
        # The outlines that the maps are drawn on, which the library reads.
        outlines=layout.run.own("workflow/lib/bioscan/describe/world.geojson"),
    output:
        report(**artefacts.figure("{figure}")),
        "<results>/{dataset}/figures/{figure}.pdf",
    log:
        logs("draw_figure", "{dataset}.{figure}"),
    benchmark:
        benchmarks("draw_figure", "{dataset}.{figure}")
    wildcard_constraints:
        figure=any_of(artefacts.names("describe", "figure")),
    conda:
        "../../envs/figures.yaml"
    resources:
        **asks(mem_mb=4000, runtime=30),
    params:
        code=code("scripts/describe/draw_figure.py"),
        artefact="{figure}",
    message:
        "Draw {wildcards.figure} of {wildcards.dataset}"
    script:
        "../../scripts/describe/draw_figure.py"
