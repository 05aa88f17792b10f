"""The files of each kind of source."""

from pathlib import Path

import pytest

from bioscan.core.errors import InputError
from bioscan.core.formats import ARCHIVE, METADATA
from bioscan.ingest.layout import Layout
from tests.unit.configs import PACKAGED, change, example, layout


def test_the_full_reproduction_has_the_published_archives():
    ingest = layout("full").ingest
    of_1m, of_5m = ingest.archives("bioscan1m"), ingest.archives("bioscan5m")
    folder = "results/full/bioscan1m/source"
    assert len(of_1m) == 113
    assert of_1m[0] == f"{folder}/bioscan_images_original_full_part1.zip"
    assert of_1m[-1] == f"{folder}/bioscan_images_original_full_part113.zip"
    assert [Path(path).name for path in of_5m] == [
        f"BIOSCAN_5M_original_full.0{n}.zip" for n in range(1, 6)
    ]


def test_only_photographs_that_are_cropped_here_are_indexed_as_such():
    found = layout(example()).ingest
    assert found.photographs("mine") == ["results/example/mine/records/images.parquet"]
    assert layout(packaged()).ingest.photographs("given") == []


@pytest.mark.parametrize(
    ("dataset", "format"), [("small1m", "bioscan1m"), ("small5m", "bioscan5m")]
)
def test_simulated_metadata_has_the_published_name(dataset, format):
    (path,) = layout(example()).ingest.metadata(dataset)
    assert path == f"results/example/{dataset}/source/{METADATA[format]}"


def test_simulated_archives_have_the_published_names():
    folder = "results/example/small1m/source"
    assert layout(example()).ingest.archives("small1m") == [
        f"{folder}/{ARCHIVE['bioscan1m'].format(n=n)}" for n in (1, 2)
    ]


def test_records_lack_photographs_where_the_config_says_how_many_have_one():
    changed = example()
    small5m = changed["datasets"]["small5m"]
    small5m["simulate"] = small5m["simulate"] | {"photographs": 3}
    ingest = layout(changed).ingest
    assert [ingest.every_record(name) for name in ("small1m", "small5m", "mine")] == [
        True,
        False,
        True,
    ]


def test_an_own_folder_is_read_where_it_lies():
    ingest = layout(example()).ingest
    assert ingest.metadata("mine") == ["my/labels.csv"]
    assert ingest.archives("mine") == []
    assert ingest.folder("mine") == ["my/wells"]


def test_an_own_folder_needs_no_table():
    changed = example()
    del changed["datasets"]["mine"]["table"]
    assert layout(changed).ingest.metadata("mine") == []


def of_bold(**settings: str) -> Layout:
    changed = example()
    export = {"format": "bold", "source": "own", "table": "my/export.tsv.gz"}
    changed["datasets"]["mine"] = export | settings
    return layout(changed).ingest


def test_an_export_of_bold_is_read_where_it_lies_with_or_without_photographs():
    ingest = of_bold()
    assert ingest.metadata("mine") == ["my/export.tsv.gz"]
    assert ingest.archives("mine") == ingest.folder("mine") == []
    assert of_bold(path="my/wells").folder("mine") == ["my/wells"]


def test_an_export_of_bold_alone_has_no_images_to_index():
    base = "results/example/mine"
    without = [path for path in of_bold().targets() if path.startswith(base)]
    assert without == [f"{base}/report/reading.html", f"{base}/records/raw.parquet"]
    with_photographs = of_bold(path="my/wells").targets()
    assert f"{base}/records/images.parquet" in with_photographs
    assert f"{base}/report/reading_images.html" in with_photographs


def test_an_export_of_bold_needs_its_table():
    changed = example()
    changed["datasets"]["mine"] = {"format": "bold", "source": "own"}
    with pytest.raises(InputError, match=r"datasets\.mine: the key 'table' is missing"):
        layout(changed)


def test_only_a_folder_is_a_folder():
    assert layout(example()).ingest.folder("small1m") == []


def test_images_may_be_read_from_other_archives():
    changed = example()
    changed["datasets"]["small5m"] |= {"source": "published", "images": ["my/clibd.hdf5"]}
    assert layout(changed).ingest.archives("small5m") == ["my/clibd.hdf5"]


def test_records_index_and_what_was_read_of_each_dataset_are_targets():
    datasets = ("small1m", "small5m", "mine")
    assert layout(example()).ingest.targets() == [
        *(
            f"results/example/{dataset}/report/{page}.html"
            for dataset in datasets
            for page in ("reading", "reading_images")
        ),
        *(
            f"results/example/{dataset}/records/{name}.parquet"
            for dataset in datasets
            for name in ("raw", "images")
        ),
    ]


# Packages that a dataset comes in


def packaged(**changes: object) -> dict:
    """The example with a dataset of packages alone."""
    config = example(datasets={"given": {**PACKAGED["given"], **changes}})
    del config["detect"], config["classify"]
    return config


def test_published_packages_are_downloaded_into_the_source_of_their_dataset():
    found = layout(packaged())
    source = "results/example/given/source"
    files = [f"{source}/original_256.zip", f"{source}/cropped_256.zip"]
    assert found.ingest.reads() == [f"{source}/{METADATA['bioscan1m']}", *files]
    assert found.ingest.archives("given") == []
    assert found.run.package_files("given", "cropped_256") == files[1:]


def test_packages_of_ones_own_are_read_where_they_lie(tmp_path):
    mine = tmp_path / "mine.zip"
    mine.write_bytes(b"")
    changes = {"source": "own", "table": "my/1m.tsv", "packages": {"cropped_256": [str(mine)]}}
    ingest = layout(packaged(**changes)).ingest
    assert ingest.reads() == ["my/1m.tsv", str(mine)]


def test_each_package_has_an_index_and_a_quarantine():
    ingest = layout(packaged()).ingest
    folder = "results/example/given/records"
    assert ingest.targets()[1:] == [
        f"{folder}/raw.parquet",
        f"{folder}/images_original_256.parquet",
        f"{folder}/images_cropped_256.parquet",
    ]
    assert ingest.quarantine("given") == {
        f"{folder}/images_original_256_quarantine.parquet": "original_256",
        f"{folder}/images_cropped_256_quarantine.parquet": "cropped_256",
    }


def test_photographs_have_one_index():
    assert layout(example()).ingest.quarantine("mine") == {
        "results/example/mine/records/images_quarantine.parquet": "photograph"
    }


def test_published_files_of_ones_own_may_hold_photographs():
    own = {"format": "bioscan1m", "source": "own", "table": "my/1m.tsv", "archives": 1}
    config = change(example(), "datasets/small1m", {**own, "images": ["my/photographs.zip"]})
    ingest = layout(config).ingest
    assert ingest.metadata("small1m") == ["my/1m.tsv"]
    assert ingest.archives("small1m") == ["my/photographs.zip"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"packages": {"cropped_256": ["cropped_265.zip"]}},
            "datasets.given.packages.cropped_256 is 'cropped_265.zip', which is no file nor under "
            "BIOSCAN-1M in config/catalogue.yaml",
        ),
        (
            {"source": "own", "table": "my/1m.tsv"},
            "datasets.given.packages.original_256 is 'original_256.zip', which is no file",
        ),
        ({"source": "own"}, "datasets.given: the key 'table' is missing"),
        (
            {"archives": 113, "detector": "masks"},
            "datasets.given has packages, whose images are used as they are; leave out archives, "
            "detector (null in an overlay)",
        ),
        (
            {"format": "folder", "source": "own", "path": "my/wells"},
            "datasets.given.packages is for published packages, and format is 'folder', expected "
            "bioscan1m or bioscan5m",
        ),
        (
            {"source": "simulated", "simulate": {"specimens": 9}},
            "datasets.given.source is 'simulated', expected one of published, own",
        ),
    ],
)
def test_a_wrong_package_is_one_clear_line(changes, message):
    with pytest.raises(InputError) as error:
        layout(packaged(**changes))
    assert str(error.value) == f"config: {message}"
