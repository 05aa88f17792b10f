"""Records per second that the simulator streams, and its peak memory."""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
PUBLISHED = 5_150_850

#: Runs in a process of its own, so that the peak memory is that of the simulator.
STREAM = """
import resource, sys
from pathlib import Path
from bioscan.simulate.community import Community
from bioscan.simulate.metadata import write_bioscan5m
from bioscan.simulate.records import simulate
community = Community(specimens=int(sys.argv[1]), seed=0)
write_bioscan5m(simulate(community, "bioscan5m"), Path(sys.argv[2]), Path(sys.argv[3]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2)
"""


def bench_records_stream_in_bounded_memory(tmp_path: Path) -> None:
    print()
    for specimens in (PUBLISHED // 10, PUBLISHED):
        start = time.perf_counter()
        peak = subprocess.run(
            [
                sys.executable,
                "-c",
                STREAM,
                str(specimens),
                tmp_path / "m.zip",
                tmp_path / "t.parquet",
            ],
            env={"PYTHONPATH": str(ROOT / "workflow" / "lib")},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
        seconds = time.perf_counter() - start
        print(
            f"  {specimens:9,} records: {seconds:5.0f} s, {specimens / seconds:8,.0f} per second, "
            f"peak {float(peak):.2f} GiB"
        )
