"""Time and memory of each stage from the published table to the papers' tables, at full size.

The records are simulated as published: 5,150,850 of them, and a tenth. Each stage runs in a process
of its own, as in the workflow, so that the peak memory is that of the stage.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PUBLISHED = 5_150_850

SIMULATE = """
from bioscan.simulate.community import Community
from bioscan.simulate.metadata import write_bioscan5m
from bioscan.simulate.records import simulate
community = Community(specimens=int(argument), seed=0)
write_bioscan5m(simulate(community, "bioscan5m"), here / "metadata.zip", here / "truth.parquet")
"""
STAGES = {
    "CSV to records": """
from ingest.ingest_records import ingest_records
ingest_records(
    format="bioscan5m",
    metadata=here / "metadata.zip",
    folder=None,
    missing=[],
    max_quarantined_share=0.05,
    records=here / "raw.parquet",
    quarantine=here / "faulty.parquet",
    reading=here / "reading.csv",
)
""",
    "cleaning": """
from curate.clean_labels import clean_labels
tables = "curated.parquet", "changes.parquet", "summary.csv", "losses.csv", "contamination.csv"
clean_labels(here / "raw.parquet", 0.9, 0.2, 0, *(here / name for name in tables))
""",
    "partition": """
from partition.partition_records import partition_records
from bioscan.partition.settings import PartitionSettings
settings = PartitionSettings(method="recompute")
partition_records("bioscan5m", settings, here / "curated.parquet", here / "partitioned.parquet")
""",
    "statistics": """
from describe.describe_records import describe_records
from bioscan.core.artefacts import Artefacts
artefacts = Artefacts.read(Path("workflow/report/artefacts.yaml"))
names = artefacts.names("describe", "table", "bioscan5m")
tables = [here / "tables" / f"{name}.csv" for name in names]
describe_records(here / "partitioned.parquet", None, None, None, tables)
""",
}

#: Runs a stage and prints its seconds and its peak memory.
PROCESS = """
import resource, sys, time
from pathlib import Path
here, argument = Path(sys.argv[1]), sys.argv[2]
start = time.perf_counter()
{stage}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
print(time.perf_counter() - start, peak)
"""


def bench_stages(tmp_path: Path) -> None:
    """Seconds and GiB of each stage, and its time for all records over that for a tenth."""
    taken: dict[str, list[tuple[float, float]]] = {stage: [] for stage in STAGES}
    for specimens in (PUBLISHED // 10, PUBLISHED):
        folder = tmp_path / str(specimens)
        folder.mkdir()
        _run(SIMULATE, folder, str(specimens))
        for stage, code in STAGES.items():
            taken[stage].append(_run(code, folder))
    print(f"\n  {'':16} {PUBLISHED // 10:>18,} {PUBLISHED:>22,} records")
    for stage, ((part, small), (whole, large)) in taken.items():
        print(
            f"  {stage:16} {part:6.1f} s, {small:4.2f} GiB {whole:10.1f} s, {large:4.2f} GiB"
            f"   {whole / part:5.1f} times"
        )


def _run(stage: str, folder: Path, argument: str = "") -> tuple[float, float]:
    """Seconds, and GiB at the peak."""
    output = subprocess.run(
        [sys.executable, "-c", PROCESS.format(stage=stage), folder, argument],
        env={"PYTHONPATH": f"{ROOT / 'workflow' / 'lib'}:{ROOT / 'scripts'}"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    seconds, peak = output.split()[-2:]
    return float(seconds), float(peak)
