"""The published formats: names of their files. (Imported by every run of Snakemake: no polars.)"""

from typing import Literal

#: A published format.
Format = Literal["bioscan1m", "bioscan5m"]

#: The names of the published formats, in the papers and in the catalogue.
NAMES = {"bioscan1m": "BIOSCAN-1M", "bioscan5m": "BIOSCAN-5M"}

#: Metadata file and image archives of each format. 1M: `{n}` runs from 1 to 113 (1M §3.1.3); 5M:
#: five parts (5M Table A2).
METADATA = {
    "bioscan1m": "BIOSCAN_Insect_Dataset_metadata.tsv",
    "bioscan5m": "BIOSCAN_5M_Insect_Dataset_metadata_MultiTypes.zip",
}
ARCHIVE = {
    "bioscan1m": "bioscan_images_original_full_part{n}.zip",
    "bioscan5m": "BIOSCAN_5M_original_full.{n:02d}.zip",
}

#: In place of the settings of a partition that is not made here.
PUBLISHED_SPLITS = "published splits"

#: Where the files of a published or simulated dataset lie below the results of a run, and those of
#: an annotated set that is acquired or simulated.
SOURCE = "{dataset}/source/{file}"
ANNOTATED = {
    "coco": "detect/sets/{set}/instances.json",
    "images": "detect/sets/{set}/images.zip",
}


def archive_names(format: Format, count: int) -> list[str]:
    """The archives of a dataset in this format, in their order."""
    return [ARCHIVE[format].format(n=n) for n in range(1, count + 1)]


def source_names(format: Format, archives: int) -> list[str]:
    """The files of a dataset in this format: its metadata, and its archives in their order."""
    return [METADATA[format], *archive_names(format, archives)]
