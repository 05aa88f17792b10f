"""bioscan-workflow: BIOSCAN-1M and BIOSCAN-5M, end to end. See README.md."""

import os
import re
import shutil
import sys
from functools import partial
from pathlib import Path

import yaml
from snakemake.settings.types import DeploymentMethod
from snakemake.utils import min_version

min_version("9.27")

# Snakemake hands its own sys.path on to every script.
root = Path(workflow.basedir)
sys.path.insert(0, str(root / "workflow" / "lib"))

# Nothing but `acquire` may reach for a model hub; jobs inherit this.
os.environ |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}

from bioscan.acquire.catalogue import licence
from bioscan.core.attempts import growing
from bioscan.core.code import code_of
from bioscan.core.config import validated
from bioscan.core.errors import InputError
from bioscan.layout import CLASSIFIER_TABLES, SECTIONS, TABLES, Layout

# A plan needs no environments: where there is no conda, a dry run is made without.
if workflow.output_settings.dryrun and not shutil.which("conda"):
    workflow.deployment_settings.deployment_method -= {DeploymentMethod.CONDA}

# Without a --configfile, the embedded sample.
if not workflow.configfiles:

    configfile: root / "config" / "demo.yaml"


try:
    config = validated(config, root / "workflow" / "schemas" / "config.schema.yaml")
except InputError as error:
    raise WorkflowError(str(error)) from None

try:
    layout = Layout(config, yaml.safe_load((root / "config" / "catalogue.yaml").read_text()), root)
except InputError as error:
    raise WorkflowError(str(error)) from None
written = Path(layout.results).is_dir() and not workflow.output_settings.dryrun
if written and not os.access(layout.results, os.W_OK):
    raise WorkflowError(f"{layout.results}: cannot be written to (a read-only file system?)")
code = partial(code_of, root=root)


pathvars:
    results=layout.results,
    logs=f"{layout.results}/logs",
    benchmarks=f"{layout.results}/benchmarks",


wildcard_constraints:
    dataset="|".join(layout.datasets),
    shard=r"\d{4}",
    package="|".join(config["image"]["packages"]),
    experiment="[a-z_]+",
    backbone="[A-Za-z0-9_-]+",
    loss="ce|focal",
    recipe="[A-Za-z0-9_-]+",
    seed=r"\d+",
    table="|".join([*layout.described, *layout.detector_tables, *CLASSIFIER_TABLES]),
    figure="|".join(layout.drawn),


report: "workflow/report/workflow.rst"


include: "workflow/rules/acquire.smk"
include: "workflow/rules/simulate.smk"
include: "workflow/rules/ingest.smk"
include: "workflow/rules/curate.smk"
include: "workflow/rules/partition.smk"
include: "workflow/rules/describe.smk"
include: "workflow/rules/detect.smk"
include: "workflow/rules/image.smk"
include: "workflow/rules/classify.smk"
include: "workflow/rules/release.smk"
include: "workflow/rules/report.smk"


localrules:
    all,


rule all:
    default_target: True
    input:
        layout.targets(),
