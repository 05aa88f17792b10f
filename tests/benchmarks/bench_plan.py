"""How long the full reproduction is planned, against a bare workflow of as many jobs.

Every job on a cluster reads the workflow anew, so this is paid thousands of times. The bare
workflow has pairs of jobs, one of which takes what the other makes, and neither a configuration nor
scripts nor a report.
"""

import re
import resource
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

BARE = """
rule all:
    input:
        expand("second/{{n}}.txt", n=range({pairs})),


rule first:
    output:
        "first/{{n}}.txt",
    shell:
        "touch {{output}}"


rule second:
    input:
        "first/{{n}}.txt",
    output:
        "second/{{n}}.txt",
    shell:
        "touch {{output}}"
"""


def plan(*arguments: str) -> tuple[int, float]:
    """Jobs of a dry run, and its processor time in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    text = subprocess.run(
        [sys.executable, "-m", "snakemake", "--dry-run", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return int(re.search(r"^total +(\d+)$", text, re.M)[1]), seconds


def bench_the_plan_of_the_full_reproduction(tmp_path: Path):
    full = ["--directory", str(tmp_path), "--configfile", "config/full.yaml"]
    jobs, ours = min((plan(*full) for _ in range(3)), key=lambda found: found[1])
    snakefile = tmp_path / "Snakefile"
    snakefile.write_text(BARE.format(pairs=jobs // 2))
    bare = ["--directory", str(tmp_path), "--snakefile", str(snakefile)]
    _, theirs = min((plan(*bare) for _ in range(3)), key=lambda found: found[1])
    print(
        f"\nplanning {jobs} jobs: {ours:.1f} s of processor time, a bare workflow of as many "
        f"{theirs:.1f} s, ratio {ours / theirs:.2f}"
    )
