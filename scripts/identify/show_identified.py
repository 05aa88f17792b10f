"""Show identified specimens on a page."""

import json
from pathlib import Path

import polars as pl

from bioscan.core.errors import BrokenImage
from bioscan.core.files import atomic
from bioscan.core.image_index import read_images
from bioscan.core.images import decode, encode, resize_shorter_side
from bioscan.core.logs import job_log
from bioscan.core.pack import PackReader, packs_beside
from bioscan.identify.page import SHOWN, build_page

#: Pixels of the shorter side of a whole photograph on the page, and its quality.
SIDE, QUALITY = 256, 85


def show_identified(
    identified: Path,
    models: Path,
    index: Path | None,
    photographs: Path | None,
    title: str,
    page: Path,
) -> None:
    """Write the page.

    Args:
        identified, models: of `identify_specimens`.
        index: index.parquet of a package, beside its packs; None without photographs.
        photographs: images.parquet, where each photograph lies.
    """
    rows, reader = {}, None
    if index:
        found = pl.read_parquet(index, columns=["processid", "shard", "row"])
        rows = {name: place for name, *place in found.iter_rows()}
        reader = PackReader(packs_beside(index))
    table = pl.read_parquet(identified)
    shown = table.head(SHOWN)["processid"]
    whole: dict[str, bytes | None] = {}
    if photographs:
        places = pl.read_parquet(photographs).filter(pl.col("processid").is_in(shown.implode()))
        lost = places.filter(~pl.col("processid").is_in(list(rows)))
        whole = {name: _smaller(data) for name, data in read_images(lost)}
    html = build_page(
        table,
        lambda name: reader.read(*rows[name]) if name in rows else None,
        whole.get,
        json.loads(models.read_text()),
        title,
    )
    with atomic(page) as partial:
        partial.write_text(html)


def _smaller(data: bytes | BrokenImage) -> bytes | None:
    """A photograph as the page shows it; None where it cannot be decoded."""
    if isinstance(data, BrokenImage):
        return None
    try:
        pixels = decode(data, min_size=(SIDE, SIDE))
    except BrokenImage:
        return None
    return encode(resize_shorter_side(pixels, SIDE), QUALITY)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        show_identified(
            identified=Path(snakemake.input.identified),
            models=Path(snakemake.input.models),
            index=Path(snakemake.input.index[0]) if snakemake.input.index else None,
            photographs=(
                Path(snakemake.input.photographs[0]) if snakemake.input.photographs else None
            ),
            title=f"{snakemake.wildcards.dataset}: identified specimens",
            page=Path(snakemake.output[0]),
        )
