"""The files of a release."""

import pytest

from bioscan.core.errors import InputError
from bioscan.core.formats import METADATA
from bioscan.core.records import SPLITS
from bioscan.layout import Layout
from tests.unit.configs import PACKAGED, example, fault, layout


def release(*packages: str, archives: int = 2) -> Layout:
    changed = example(image={"packages": list(packages)}, release={"packages": list(packages)})
    changed["datasets"]["small1m"]["archives"] = archives
    return layout(changed)


def test_a_release_of_5m_has_the_archives_of_its_table_a2():
    found = release("cropped", "original_256", "cropped_256").release.archives("small5m")
    assert list(found) == [
        "BIOSCAN_5M_cropped.01.zip",
        "BIOSCAN_5M_cropped.02.zip",
        "BIOSCAN_5M_original_256.zip",
        "BIOSCAN_5M_original_256_pretrain.zip",
        "BIOSCAN_5M_original_256_train.zip",
        "BIOSCAN_5M_original_256_eval.zip",
        "BIOSCAN_5M_cropped_256.zip",
        "BIOSCAN_5M_cropped_256_pretrain.zip",
        "BIOSCAN_5M_cropped_256_train.zip",
        "BIOSCAN_5M_cropped_256_eval.zip",
    ]
    assert [archive["part"] for archive in list(found.values())[:3]] == [(1, 2), (2, 2), (1, 1)]
    whole, *parts = list(found.values())[2:6]
    assert whole == {"package": "original_256", "where": {}, "part": (1, 1)}
    assert all(part["package"] == "original_256" for part in parts)
    splits = [split for part in parts for split in part["where"]["split"]]
    assert len(splits) == 8
    assert set(splits) == set(SPLITS)


def test_a_release_of_1m_has_the_published_archives():
    found = release("original_256", "cropped_256", "cropped", archives=113)
    archives = found.release.archives("small1m")
    # 113 parts in six zips, 20 in each but the last (1M §A1.1).
    cropped = [f"bioscan_images_cropped_part{n}-{min(n + 19, 113)}.zip" for n in range(1, 113, 20)]
    assert list(archives) == ["original_256.zip", "cropped_256.zip", *cropped]
    parts = [part for name in cropped for part in archives[name]["where"]["image_part"]]
    assert parts == list(range(1, 114))
    assert "bioscan_images_cropped_part101-113.zip" in archives


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
    assert not any("/release/" in path for path in found.products())
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
