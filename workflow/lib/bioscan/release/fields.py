"""The published columns, described for cards and for machines."""

from typing import Literal, NamedTuple

from bioscan.core.formats import Format
from bioscan.core.published import BIOSCAN1M_COLUMNS
from bioscan.core.records import BIOSCAN5M_SCHEMA, COPYRIGHT, EXPERIMENTS, RANKS, TASKS

#: What the values of a column are.
Kind = Literal["text", "integer", "float"]


class Field(NamedTuple):
    """A column of the released table.

    Attributes:
        name: in the table.
        column: in the canonical record.
        kind: of its values. Whole numbers that may be missing are published as "150502.0".
        description: in a sentence.
    """

    name: str
    column: str
    kind: Kind
    description: str


#: Canonical column → its description (1M §A1.2, 5M Table A3).
_DESCRIPTIONS = {
    "processid": "Identifier of the record: the process ID of BOLD, or that of the source.",
    "sampleid": "Identifier given by the collector.",
    "taxon": "The most specific label.",
    **{rank: f"Label at the rank of {rank}." for rank in (*RANKS, "tribe", "subspecies")},
    "dna_bin": "Barcode Index Number (BIN) of BOLD.",
    "dna_barcode": "Nucleotide sequence of the barcode (COI).",
    "country": "Country of the collection site.",
    "province_state": "Province or state of the collection site.",
    "coord-lat": "Latitude of the collection site, decimal degrees (WGS 84).",
    "coord-lon": "Longitude of the collection site, decimal degrees (WGS 84).",
    "image_measurement_value": "Pixels of the original image that the organism occupies.",
    "area_fraction": "Share of the original image that the organism's box covers.",
    "scale_factor": "Shorter side of the organism's box, divided by 256 pixels.",
    "inferred_ranks": (
        "The ranks whose labels are inferred from records with the same barcode: 0 none, "
        "1 species, 2 genus and below, 3 subfamily, 4 family, 5 order, 6 class."
    ),
    "split": "Partition of the record.",
    "index_bioscan_1M_insect": "Row of the record in BIOSCAN-1M, where it is one of its.",
    "chunk": "Folder of the image below that of its split, empty where there is none.",
    "image_file": "Name of the image.",
    "image_part": "Number of the folder of the image (part).",
    **{
        name: f"Part of the record in the experiment {name}: classes are labels at the rank of "
        f"{TASKS[name.split('_', 1)[1]]}."
        for name in EXPERIMENTS
    },
    **dict.fromkeys(COPYRIGHT, "Rights of the image."),
}

_KINDS: dict[str, Kind] = {"inferred_ranks": "integer", "image_part": "integer"}


def fields(format: Format) -> list[Field]:
    """The columns of the released table, in published order."""
    columns = (
        BIOSCAN1M_COLUMNS if format == "bioscan1m" else {name: name for name in BIOSCAN5M_SCHEMA}
    )
    return [
        Field(name, column, _KINDS.get(column, _kind(column)), _DESCRIPTIONS[column])
        for name, column in columns.items()
    ]


def _kind(column: str) -> Kind:
    numeric = column in BIOSCAN5M_SCHEMA and BIOSCAN5M_SCHEMA[column].is_numeric()
    return "float" if numeric else "text"
