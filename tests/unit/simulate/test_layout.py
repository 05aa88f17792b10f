"""Simulated files lie where they would be downloaded."""

from bioscan.core.formats import ARCHIVE, METADATA
from tests.unit.configs import example, layout


def test_simulated_datasets_and_sets_are_targets():
    found = layout(example())
    folder = "results/example/small1m/source"
    assert found.simulate.targets() == [
        f"{folder}/{METADATA['bioscan1m']}",
        f"{folder}/{ARCHIVE['bioscan1m'].format(n=1)}",
        f"{folder}/{ARCHIVE['bioscan1m'].format(n=2)}",
        f"results/example/small5m/source/{METADATA['bioscan5m']}",
        f"results/example/small5m/source/{ARCHIVE['bioscan5m'].format(n=1)}",
        "results/example/detect/sets/drawn/instances.json",
        "results/example/detect/sets/drawn/images.zip",
    ]


def test_ingest_and_detect_read_what_is_simulated():
    found = layout(example())
    sets = found.detect.detectors.train("small")
    read = found.run.annotated.coco(sets) + found.run.annotated.images(sets)
    for dataset in ("small1m", "small5m"):
        read += found.ingest.metadata(dataset) + found.ingest.archives(dataset)
    assert set(found.simulate.targets()) == {path for path in read if path.startswith("results/")}


def test_the_truth_lies_apart_from_the_source():
    path = layout(example()).simulate.truth("small1m")
    assert path == f"results/example/small1m/truth/{METADATA['bioscan1m']}.parquet"


def test_a_run_without_simulation_simulates_nothing():
    assert layout("full").simulate.targets() == []
