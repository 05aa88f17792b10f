"""The files of a release."""

import pytest

from bioscan.core.errors import InputError
from bioscan.core.formats import METADATA
from bioscan.layout import Layout
from tests.unit.configs import PACKAGED, example, fault, layout


def release(*packages: str, archives: int = 2) -> Layout:
    changed = example(image={"packages": list(packages)}, release={"packages": list(packages)})
    changed["datasets"]["small1m"]["archives"] = archives
    return layout(changed)


def test_a_folder_is_released_like_5m():
    found = release("cropped_256").release
    assert found.archives("mine") == found.archives("small5m")
    folder = "results/example/mine/release"
    assert {
        f"{folder}/BIOSCAN_5M_cropped_256_train.zip",
        f"{folder}/{METADATA['bioscan5m']}",
    } <= set(found.products())


def test_without_a_release_nothing_is_released():
    found = layout(example())
    assert not any("release/" in path for path in found.products())
    assert found.release.products() == found.release.names == []


def test_a_package_that_is_not_made_is_one_clear_line():
    assert fault("release", {"packages": ["cropped"]}) == (
        "config: release.packages is 'cropped', expected one of original_256, cropped_256"
    )


def test_packages_that_came_as_they_are_are_not_released_again():
    config = example(release={"packages": ["cropped_256"]})
    config["datasets"] |= PACKAGED
    found = layout(config).release
    assert found.products()
    assert not [path for path in found.products() if "/given/" in path]


def test_a_release_of_nothing_is_one_clear_line():
    config = example(datasets=PACKAGED, release={"packages": ["cropped_256"]})
    del config["detect"], config["classify"]
    with pytest.raises(InputError) as error:
        layout(config)
    assert str(error.value) == (
        "config: release.packages is given, and there is nothing to release: no dataset (given) "
        "has photographs that are cropped here"
    )


def test_records_alone_are_released_without_images():
    config = example(datasets={"alone": {"format": "bold", "source": "own", "table": "b.tsv"}})
    del config["detect"], config["classify"]
    found = layout(config | {"release": {"packages": []}}).release
    folder = "results/example/alone/release"
    assert found.products() == [
        f"{folder}/{METADATA['bioscan5m']}", f"{folder}/darwin_core.zip", f"{folder}/README.md",
    ]  # fmt: skip
    assert found.having("bioscan5m", cropped=False) == ["alone"]


def test_each_format_is_written_for_each_package():
    found = release("cropped", "cropped_256").release
    folder = "results/example/small1m/release"
    files = found.files("small1m")
    assert {
        f"{folder}/BIOSCAN_Insect_bbox.tsv",
        f"{folder}/cropped.hdf5",
        f"{folder}/cropped_256.hdf5",
        f"{folder}/parquet/cropped",
        f"{folder}/darwin_core.zip",
        f"{folder}/bioscan_images_cropped_part1-2.zip",
    } <= set(files)
    assert "results/example/small5m/release/BIOSCAN_5M_cropped.hdf5" in found.files("small5m")


def test_formats_can_be_chosen():
    given = {"packages": ["cropped_256"], "formats": ["parquet"], "models": False}
    found = layout(example(release=given)).release
    names = {path.rsplit("/", 1)[-1] for path in found.products()}
    assert names == {
        *METADATA.values(), "BIOSCAN_Insect_bbox.tsv", "BIOSCAN_5M_Insect_bbox.tsv", "cropped_256",
        "README.md",
    }  # fmt: skip
    assert found.names == [] and found.whole_packages("small5m") == {}


def test_only_zips_of_whole_packages_are_described_as_such():
    found = release("cropped", "cropped_256").release
    assert found.whole_packages("small5m") == {
        "BIOSCAN_5M_cropped.01.zip": "cropped",
        "BIOSCAN_5M_cropped.02.zip": "cropped",
        "BIOSCAN_5M_cropped_256.zip": "cropped_256",
    }
    assert found.whole_packages("small1m") == {
        "bioscan_images_cropped_part1-2.zip": "cropped",
        "cropped_256.zip": "cropped_256",
    }


def test_a_dataset_that_is_described_exists():
    assert fault("release", {"packages": ["cropped_256"], "about": {"other": {}}}) == (
        "config: release.about is 'other', expected one of small1m, small5m, mine"
    )


def test_the_card_says_how_images_were_made():
    stages = release("cropped_256")
    found = stages.release.made("small5m", stages)
    assert found["Labels"] == "cleaned"
    assert found["Detector"] == (
        "small (weights config/detectors/rt_detr, trained on drawn and hand, threshold 0.5)"
    )
    assert "ratio 1.4" in found["Crops"]


def test_the_card_says_how_splits_were_made():
    stages = release("cropped_256")
    found = {name: stages.release.made(name, stages)["Splits"] for name in stages.release.datasets}
    assert found == {
        "small1m": "recomputed (rules paper, large all records, medium 200000 records, "
        "small 50000 records, 40 families, seed 0)",
        "small5m": "recomputed (rules paper, barcodes stripped, seed 0)",
        "mine": "recomputed (rules paper, barcodes stripped, of 100 letters or more, seed 0)",
    }
    config = example(release={"packages": ["cropped_256"]})
    config["datasets"]["small5m"]["partition"] = {"method": "published"}
    stages = layout(config)
    made = stages.release.made("small5m", stages)
    assert made["Splits"] == "those of the source (published)"
