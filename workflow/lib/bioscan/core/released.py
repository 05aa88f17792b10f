"""The files of a release, by their published names. (Imported by every run of Snakemake.)"""

from typing import Any

from bioscan.core.formats import Format

#: The packages of BIOSCAN-5M for experiments: end of the name → its splits (5M §A1.4, Table A2).
PARTITIONS = {
    "pretrain": ["pretrain"],
    "train": ["train"],
    "eval": ["val", "test", "val_unseen", "test_unseen", "key_unseen", "other_heldout"],
}

#: Parts of 1M in a zip of its cropped package (1M §A1.1), and zips of that of 5M (Table A2).
PARTS_PER_ZIP, CROPPED_ZIPS_5M = 20, 2

#: The boxes (5M's published name; 1M has published none), and a package as HDF5.
BOXES = {"bioscan1m": "BIOSCAN_Insect_bbox.tsv", "bioscan5m": "BIOSCAN_5M_Insect_bbox.tsv"}
HDF5 = {
    "bioscan1m": "{dataset}/release/{package}.hdf5",
    "bioscan5m": "{dataset}/release/BIOSCAN_5M_{package}.hdf5",
}


def archives(format: Format, package: str, parts: int) -> dict[str, dict[str, Any]]:
    """The zips of a package: file name → package, `where`, column → values of its records, and
    `part`, which of how many equal parts it holds.

    The names are the published ones (1M §A1.1, 5M Table A2).

    Args:
        format: bioscan1m or bioscan5m.
        package: such as `cropped_256`.
        parts: of the images of 1M, in folders of that number (`image_part`).
    """
    if format == "bioscan5m":
        return _archives_of_5m(package)
    if package != "cropped":
        return _archive(f"{package}.zip", package)
    return _cropped_archives_of_1m(parts)


def _archive(name: str, package: str, part: tuple[int, int] = (1, 1), **where: list) -> dict:
    return {name: {"package": package, "where": where, "part": part}}


def _archives_of_5m(package: str) -> dict[str, dict[str, Any]]:
    if package == "cropped":
        return {
            name: entry
            for n in range(1, CROPPED_ZIPS_5M + 1)
            for name, entry in _archive(
                f"BIOSCAN_5M_{package}.{n:02d}.zip", package, (n, CROPPED_ZIPS_5M)
            ).items()
        }
    found = _archive(f"BIOSCAN_5M_{package}.zip", package)
    for name, splits in PARTITIONS.items():
        found |= _archive(f"BIOSCAN_5M_{package}_{name}.zip", package, split=splits)
    return found


def _cropped_archives_of_1m(count: int) -> dict[str, dict[str, Any]]:
    parts = range(1, count + 1)
    found = {}
    for start in range(0, len(parts), PARTS_PER_ZIP):
        within = parts[start : start + PARTS_PER_ZIP]
        name = f"bioscan_images_cropped_part{within[0]}-{within[-1]}.zip"
        found |= _archive(name, "cropped", image_part=list(within))
    return found
