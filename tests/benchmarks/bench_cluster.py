"""Ward's method against scikit-learn's, in memory and time, and at the size of 5M."""

import subprocess
import sys
from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_rand_score

from tests.workflow.runs import ROOT

#: Samples of test and test_unseen of BIOSCAN-5M (Table 3), and the species of the invented vectors.
FULL, SPECIES, DIMENSIONS = 47_260, 4_000, 50

#: A process of its own, whose highest memory is that of one method: name of the method, samples.
PROGRAM = f"""
import resource, sys, time
sys.path.insert(0, {str(ROOT / "workflow" / "lib")!r})
import numpy as np
from sklearn.cluster import AgglomerativeClustering
from threadpoolctl import threadpool_limits
from bioscan.cluster.ward import cut_tree, ward_tree
method, count = sys.argv[1], int(sys.argv[2])
random = np.random.default_rng(0)
centres = random.normal(size=({SPECIES}, {DIMENSIONS})) * 5
points = centres[random.integers(0, {SPECIES}, count)] + random.normal(size=(count, {DIMENSIONS}))
clusters = min({SPECIES}, count // 5)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
started = time.process_time()
with threadpool_limits(1):
    if method == "ward_tree":
        labels = cut_tree(ward_tree(points, np.ones(count)), clusters)
    else:
        labels = AgglomerativeClustering(clusters).fit_predict(points)
seconds = time.process_time() - started
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(seconds, (after - before) / 1024, after / 1024)
np.save(sys.argv[3], labels)
"""


def _run(method: str, count: int, labels: str) -> tuple[float, float, float]:
    """Seconds of a processor, MB more than before, and MB in all."""
    command = [sys.executable, "-c", PROGRAM, method, str(count), labels]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds, more, whole = map(float, said.split())
    print(
        f"  {method}, {count:,} × {DIMENSIONS}: {seconds:.1f} s of a processor, "
        f"{more:,.0f} MB more, {whole:,.0f} MB in all"
    )
    return seconds, more, whole


def bench_ward(tmp_path: Path) -> None:
    """Time and memory on 20,000 samples beside scikit-learn's, and how time grows."""
    print()
    files = [str(tmp_path / f"{name}.npy") for name in ("here", "there")]
    here = _run("ward_tree", 20_000, files[0])
    there = _run("scikit-learn", 20_000, files[1])
    same = adjusted_rand_score(*(np.load(file) for file in files))
    print(
        f"  {there[0] / here[0]:.1f} times as fast, "
        f"{100 * here[1] / there[1]:.0f} % of its memory, adjusted "
        f" Rand index {same:.4f}"
    )
    first = _run("ward_tree", 5_000, files[0])
    full = _run("ward_tree", FULL, files[0])
    print(
        f"  from 5,000 to {FULL:,}: {full[0] / first[0]:.0f} times the time, "
        f"{FULL / 5_000:.1f} squared is {(FULL / 5_000) ** 2:.0f}"
    )
