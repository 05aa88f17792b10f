"""UMAP, in the same way each time."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bioscan.cluster.reduction import one_thread, reduce, too_few, umap_inputs
from bioscan.core.errors import InputError
from tests.unit.cluster.clouds import clouds
from tests.unit.cluster.configs import ENCODERS, block
from tests.unit.configs import example, layout

LIBRARY = Path(__file__).parents[3] / "workflow" / "lib"

#: A script's own process: reduces vectors and says how many threads numba used.
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np
from bioscan.cluster.reduction import reduce
vectors = np.load(sys.argv[2])
found = reduce(vectors, 4, 8, 0)
import numba
assert numba.get_num_threads() == 1, numba.get_num_threads()
# With so few neighbours, the graph is in several pieces.
pieces = [reduce(vectors, 2, 2, 0) for _ in range(2)]
assert (pieces[0] == pieces[1]).all()
# As many specimens have the same barcode: some more often than they have neighbours.
repeated = vectors[np.repeat(np.arange(len(vectors)), np.arange(len(vectors)) % 12 + 1)]
same = [reduce(repeated, 4, 8, 0) for _ in range(2)]
assert (same[0] == same[1]).all()
np.savez(sys.argv[3], whole=found, pieces=pieces[0], same=same[0])
"""


def test_processes_with_one_and_two_threads_give_the_same(tmp_path: Path):
    vectors = clouds(4, 12)
    np.save(tmp_path / "vectors.npy", vectors)
    found, pieces, same = [], [], []
    for threads in ("1", "2"):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
        target = tmp_path / f"{threads}.npz"
        subprocess.run(
            [sys.executable, "-c", PROGRAM, LIBRARY, tmp_path / "vectors.npy", target],
            env=os.environ | dict.fromkeys(names, threads),
            check=True,
        )
        result = np.load(target)
        found.append(result["whole"])
        pieces.append(result["pieces"])
        same.append(result["same"])
    assert (pieces[0] == pieces[1]).all()
    assert (same[0] == same[1]).all()
    assert np.isfinite(same[0]).all()
    assert found[0].shape == (48, 4)
    assert np.isfinite(found[0]).all()
    assert (found[0] == found[1]).all()
    # Groups are further from each other than they are wide.
    groups = found[0].reshape(4, 12, 4)
    width = np.linalg.norm(groups - groups.mean(axis=1, keepdims=True), axis=-1).mean()
    apart = np.linalg.norm(np.diff(groups.mean(axis=1), axis=0), axis=-1).min()
    assert apart > 2 * width


def test_the_paper_is_the_default():
    found = layout(example(encoders=ENCODERS, cluster={"spaces": [block(dna=["counts"])]})).cluster
    keys = ("dimensions", "neighbours", "identical", "standardise", "statistics", "missing")
    assert found.settings(*keys) == {
        "dimensions": 50,  # 5M §4.3
        "neighbours": 30,  # the released code
        "identical": "each",  # all samples, 5M §4.3
        "standardise": "zscore",  # 5M §A6.3
        "statistics": "joint",
        "missing": "class",  # the released code
    }


def test_umap_has_the_settings_of_the_paper(monkeypatch: pytest.MonkeyPatch):
    import umap

    seen = []
    fit = umap.UMAP.fit_transform
    monkeypatch.setattr(
        umap.UMAP,
        "fit_transform",
        lambda self, x: (seen.append(self.get_params()), fit(self, x))[1],
    )
    assert reduce(clouds(3, 12), 5, 7, 3).shape == (36, 5)
    published = {"n_components": 5, "n_neighbors": 7, "random_state": 3}
    published |= {"min_dist": 0.0, "metric": "euclidean"}
    (found,) = seen
    # All else is as umap-learn has it.
    assert found == umap.UMAP(**published, n_jobs=1).get_params()


def test_umap_takes_all_samples_or_each_distinct_embedding_once():
    rows = np.array([0, 3, 0, 1, 3])
    used, places = umap_inputs(rows, "each")
    assert used.tolist() == [0, 3, 0, 1, 3]
    assert places.tolist() == [0, 1, 2, 3, 4]
    used, places = umap_inputs(rows, "once")
    assert used.tolist() == [0, 1, 3]
    assert used[places].tolist() == rows.tolist()


def test_the_job_computes_on_one_thread():
    from threadpoolctl import threadpool_info

    with one_thread():
        assert {pool["num_threads"] for pool in threadpool_info()} == {1}


@pytest.mark.parametrize(
    ("samples", "dimensions", "neighbours", "said"),
    [
        (
            *(30, 5, 30),
            "cluster.neighbours of 30; expected 31 or more, or set "
            "cluster.neighbours to 29 or fewer",
        ),
        (
            *(51, 50, 30),
            "cluster.dimensions of 50; expected 52 or more, or set "
            "cluster.dimensions to 49 or fewer",
        ),
        # Both at once, so that nobody comes back for the second.
        (
            *(10, 50, 30),
            "cluster.neighbours of 30 and cluster.dimensions of 50; expected 52 or more, or set "
            "cluster.neighbours to 9 or fewer and cluster.dimensions to 8 or fewer",
        ),
        (
            *(3, 2, 5),
            "cluster.neighbours of 5 and cluster.dimensions of 2; expected 6 or more",
        ),
    ],
)
def test_too_few_samples_are_one_clear_line(
    samples: int, dimensions: int, neighbours: int, said: str
):
    with pytest.raises(InputError) as error:
        reduce(np.zeros((samples, 9), np.float32), dimensions, neighbours, 0)
    assert str(error.value) == f"vectors: {samples} embeddings are too few for UMAP with {said}"


def test_enough_samples_are_no_fault():
    assert too_few(52, 50, 30) is None


def test_what_the_message_names_is_enough():
    assert too_few(10, 8, 9) is None
    found = reduce(clouds(2, 5), 8, 9, 0)
    assert found.shape == (10, 8)
    assert np.isfinite(found).all()
