"""The zips of a release have the published names and parts."""

from bioscan.core.records import SPLITS
from bioscan.core.released import archives


def test_a_release_of_5m_has_the_archives_of_its_table_a2():
    found = {
        name: entry
        for package in ("cropped", "original_256", "cropped_256")
        for name, entry in archives("bioscan5m", package, 1).items()
    }
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
    found = archives("bioscan1m", "cropped", 113)
    # 113 parts in six zips, 20 in each but the last (1M §A1.1).
    cropped = [f"bioscan_images_cropped_part{n}-{min(n + 19, 113)}.zip" for n in range(1, 113, 20)]
    assert list(found) == cropped
    parts = [part for name in cropped for part in found[name]["where"]["image_part"]]
    assert parts == list(range(1, 114))
    assert "bioscan_images_cropped_part101-113.zip" in found
    assert list(archives("bioscan1m", "original_256", 113)) == ["original_256.zip"]
