"""bioscan-workflow: BIOSCAN-1M and BIOSCAN-5M, end to end. See README.md."""

import os
import re
import shutil
import sys
from functools import partial
from pathlib import Path

from snakemake.settings.types import DeploymentMethod
from snakemake.utils import min_version

min_version("9.27")

# Snakemake hands its own sys.path on to every script.
root = Path(workflow.basedir)
sys.path.insert(0, str(root / "workflow" / "lib"))

# Nothing but `acquire` may reach for a model hub; jobs inherit this.
os.environ |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}

from bioscan.acquire.catalogue import licence
from bioscan.core.artefacts import Artefacts
from bioscan.core.code import code_digest
from bioscan.core.config import read_yaml, validated
from bioscan.core.errors import InputError
from bioscan.core.formats import ANNOTATED, METADATA, SOURCE
from bioscan.core.rules import asks, benchmarks, logs, require_startable
from bioscan.core.run import Run, any_of
from bioscan.identify.command import with_specimens
from bioscan.layout import Layout

# A plan needs no environments: where there is no conda, a dry run is made without.
if workflow.output_settings.dryrun and not shutil.which("conda"):
    workflow.deployment_settings.deployment_method -= {DeploymentMethod.CONDA}

# Without a --configfile, the embedded sample.
if not workflow.configfiles:

    configfile: root / "config" / "demo.yaml"


try:
    require_startable(sys.executable)
    schemas = root / "workflow" / "schemas"
    config = with_specimens(config)
    config = validated(config, schemas / "config.schema.yaml", workflow.configfiles)
    catalogue = read_yaml(root / "config" / "catalogue.yaml")
except InputError as error:
    raise WorkflowError(str(error)) from None

artefacts = Artefacts.read(root / "workflow" / "report" / "artefacts.yaml")
# For the report alone: as a parameter of the rules, an edited caption would draw figures again.
config["captions"] = artefacts.captions()
try:
    layout = Layout(Run(config, catalogue, artefacts, root))
except InputError as error:
    raise WorkflowError(str(error)) from None
# For the report too.
config["opening"] = layout.report.opening()
written = Path(layout.run.results).is_dir() and not workflow.output_settings.dryrun
if written and not os.access(layout.run.results, os.W_OK):
    raise WorkflowError(f"{layout.run.results}: cannot be written to (a read-only file system?)")
code = partial(code_digest, root=root)


pathvars:
    results=layout.run.results,
    logs=f"{layout.run.results}/logs",
    benchmarks=f"{layout.run.results}/benchmarks",


report: "workflow/report/workflow.rst"


for stage in layout.stages:

    include: f"workflow/rules/{stage.name}.smk"


# `snakemake <stage>` makes all of a stage. `report` is Snakemake's own word.
for stage in layout.stages:
    targets = layout.targets(stage)
    if targets:

        rule:
            name:
                "pages" if stage.name == "report" else stage.name
            input:
                targets,
            localrule: True


rule all:
    default_target: True
    input:
        layout.products(),
    localrule: True
