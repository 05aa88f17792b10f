# The only room with a door to the internet. Its rule is local, as compute nodes may have none, and
# what was fetched once is kept when the code changes.


rule fetch_artefact:
    input:
        code=ancient(code("scripts/acquire/fetch_artefact.py")),
    output:
        "<results>/{artefact}",
    log:
        "<logs>/fetch_artefact/{artefact}.log",
    benchmark:
        "<benchmarks>/fetch_artefact/{artefact}.tsv"
    wildcard_constraints:
        artefact="|".join(re.escape(path) for path in layout.artefacts),
    localrule: True
    conda:
        "../../envs/acquire.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=2880,
    params:
        sources=lambda wildcards: layout.artefacts[wildcards.artefact].get("sources", []),
        md5=lambda wildcards: layout.artefacts[wildcards.artefact].get("md5"),
        by_hand=lambda wildcards: f"results/by_hand/{wildcards.artefact}",
    message:
        "Fetch {wildcards.artefact}"
    script:
        "../../scripts/acquire/fetch_artefact.py"
