"""Names of the published files."""

from bioscan.core.formats import archive_names


def test_archives_are_numbered_as_published():
    assert archive_names("bioscan1m", 2) == [
        "bioscan_images_original_full_part1.zip",
        "bioscan_images_original_full_part2.zip",
    ]
    assert archive_names("bioscan5m", 1) == ["BIOSCAN_5M_original_full.01.zip"]
    assert archive_names("bioscan5m", 0) == []
