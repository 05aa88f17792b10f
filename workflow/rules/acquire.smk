# The only room with a door to the internet. Its rules are local, as compute nodes may have none.
#
# What was fetched once is kept: it lies in results/downloads for all runs and is linked into them,
# and no edit to the code or the catalogue makes it, or anything that follows from it, again.


rule state_licence:
    input:
        code=code("scripts/acquire/state_licence.py"),
    output:
        "<results>/{collection}/LICENCE.txt",
    log:
        "<logs>/state_licence/{collection}.log",
    benchmark:
        "<benchmarks>/state_licence/{collection}.tsv"
    wildcard_constraints:
        collection="|".join(re.escape(path) for path in layout.licensed),
    localrule: True
    conda:
        "../../envs/acquire.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        text=lambda wildcards: licence(layout.catalogue, layout.collections[wildcards.collection]),
    message:
        "To be downloaded under this licence:\n{params.text}"
    script:
        "../../scripts/acquire/state_licence.py"


rule fetch_artefact:
    input:
        # Not its modules: a new one among them would be a new input.
        code=ancient(code("scripts/acquire/fetch_artefact.py")[0]),
        catalogue=ancient(layout.own("config/catalogue.yaml")),
        licence=ancient(lambda wildcards: layout.licence_of(wildcards.artefact)),
    output:
        "<results>/{artefact}",
    log:
        "<logs>/fetch_artefact/{artefact}.log",
    benchmark:
        "<benchmarks>/fetch_artefact/{artefact}.tsv"
    wildcard_constraints:
        artefact="|".join(re.escape(path) for path in layout.artefacts),
    # It tries again by itself, and what must be had by hand is said once.
    retries: 0
    localrule: True
    conda:
        "../../envs/acquire.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=2880,
        downloads=1,
    params:
        key=lambda wildcards: layout.artefacts[wildcards.artefact],
        download=lambda wildcards: layout.download(wildcards.artefact),
    message:
        "Fetch {wildcards.artefact}"
    script:
        "../../scripts/acquire/fetch_artefact.py"
