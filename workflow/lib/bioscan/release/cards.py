"""The data card: README.md, for people, with a header that Hugging Face reads."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from bioscan.core.formats import METADATA
from bioscan.core.records import RANKS
from bioscan.release.about import About
from bioscan.release.descriptions import File
from bioscan.release.fields import Field
from bioscan.release.records import splits_of


def data_card(
    about: About,
    counts: pl.DataFrame,
    files: Sequence[File],
    fields: Sequence[Field],
    parquet: Mapping[str, Mapping[str, Sequence[str]]],
    made: Mapping[str, Any],
) -> str:
    """The text of README.md.

    Args:
        about: the dataset.
        counts: as of `count_released`.
        files: of the release.
        fields: the columns of the table.
        parquet: package → split → its Parquet files.
        made: what was done to the records and images: a phrase → its value.
    """
    licence = about.licence
    header: dict[str, Any] = {
        "pretty_name": about.title,
        **(licence.header if licence else {"license": "unknown"}),
        "tags": ["biology", "insects", "dna-barcodes", "croissant"],
        "size_categories": [_size_category(counts["records"][-1])],
    }
    if any(_has_images(file) for file in files):
        header["task_categories"] = ["image-classification", "zero-shot-image-classification"]
    if parquet:
        header["configs"] = [
            {
                "config_name": package,
                "data_files": [
                    {"split": split, "path": list(paths)} for split, paths in splits.items()
                ],
            }
            for package, splits in parquet.items()
        ]
    return "\n".join(
        [
            "---",
            # JSON is YAML.
            *(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in header.items()),
            "---",
            "",
            f"# {about.title}",
            "",
            about.description,
            "",
            "## Licence",
            "",
            *_rights(about),
            "",
            "## Records",
            "",
            *_table(counts),
            "",
            "Labelled records at each rank. A record is released if each package has its image.",
            "",
            "## How it was made",
            "",
            *(f"- {what}: {value}" for what, value in made.items()),
            "",
            "## Columns",
            "",
            f"Those of `{METADATA[about.format]}`, and of the Parquet files.",
            "",
            *_table(pl.DataFrame([(f.name, f.kind, f.description) for f in fields],
                schema=["column", "values", "description"], orient="row")),
            "",
            "## Files",
            "",
            "Their checksums are in `SHA256SUMS`: `sha256sum -c SHA256SUMS`.",
            "",
            *_table(pl.DataFrame(
                [(f"`{f.name}`", f.bytes, f"`{f.sha256}`") for f in files],
                schema=["file", "bytes", "SHA-256"], orient="row")),
            "",
            *_reading(about, files, parquet),
        ]
    )  # fmt: skip


def count_released(records: pl.LazyFrame) -> pl.DataFrame:
    """One row per split and one for all: split, records, and the labelled records of each rank.

    Args:
        records: as of `read_released`.
    """
    measures = (pl.len().alias("records"), *(pl.col(rank).count() for rank in RANKS))
    total = records.select(pl.lit("all").alias("split"), *measures).collect()
    splits = splits_of(records)
    if set(splits) <= {None}:
        return total
    by_split = records.group_by("split").agg(*measures).collect()
    order = pl.DataFrame({"split": list(splits)}, {"split": pl.String})
    rows = order.join(by_split, on="split", how="left", nulls_equal=True, maintain_order="left")
    return pl.concat([rows.with_columns(pl.col("split").fill_null("none")), total])


def checksums(files: Sequence[File]) -> str:
    """The text of SHA256SUMS."""
    return "".join(f"{file.sha256}  {file.name}\n" for file in files)


def _rights(about: About) -> list[str]:
    if about.licence is None:
        lines = ["No licence is stated, so nobody but the holder of the rights may use it."]
    else:
        url = f" ({about.licence.url})" if about.licence.url else ""
        lines = [f"{about.licence.name}{url}."]
        if about.licence.is_non_commercial:
            lines.append("It does not allow commercial use.")
    if about.holder:
        lines.append(f"Rights: {about.holder}.")
    if about.cite:
        lines.append(f"Cite: {about.cite}.")
    return [" ".join(lines)]


def _has_images(file: File) -> bool:
    return file.package is not None or file.name.endswith((".parquet", ".hdf5"))


def _reading(about: About, files: Sequence[File], parquet: Mapping[str, Any]) -> list[str]:
    lines = ["## Reading it", ""]
    package = next(iter(parquet), None)
    if package:
        lines += [
            "```python",
            "from datasets import load_dataset",
            "",
            f'load_dataset(".", "{package}")  # in the folder of this file',
            "```",
            "",
        ]
    format = {"bioscan1m": "BIOSCAN1M", "bioscan5m": "BIOSCAN5M"}[about.format]
    readers = ["`croissant.json` is read by mlcroissant."]
    if any(file.package for file in files):
        readers.insert(
            0,
            f"Unpacked in one place, bioscan-dataset (`{format}`) opens the zips, with its check "
            "of the published checksums switched off.",
        )
    if any(file.name == "darwin_core.zip" for file in files):
        readers.append("`darwin_core.zip` is read by GBIF's tools.")
    return [*lines, " ".join(readers), ""]


def _table(table: pl.DataFrame) -> list[str]:
    """A table in Markdown."""

    def row(cells: Sequence[Any]) -> str:
        texts = (f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in cells)
        return "| " + " | ".join(text.replace("|", "\\|") for text in texts) + " |"

    marks = ["---:" if dtype.is_numeric() else "---" for dtype in table.dtypes]
    return [row(table.columns), "| " + " | ".join(marks) + " |", *map(row, table.rows())]


def _size_category(records: int) -> str:
    """The category of Hugging Face."""
    limits = {1_000: "n<1K", 10_000: "1K<n<10K", 100_000: "10K<n<100K", 1_000_000: "100K<n<1M"}
    return next((name for limit, name in limits.items() if records < limit), "1M<n<10M")
