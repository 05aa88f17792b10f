"""The results of a small run, and its release."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from bioscan.core.formats import METADATA, Format
from bioscan.core.images import encode
from bioscan.core.records import SCHEMA
from bioscan.image.contents import Contents, build_index
from bioscan.release.about import About
from bioscan.simulate.community import Community
from bioscan.simulate.records import simulate
from scripts.release.describe_release import describe_release
from scripts.release.export_hdf5 import export_hdf5
from scripts.release.export_metadata import export_metadata
from scripts.release.export_package import export_package
from scripts.release.export_parquet import export_parquet
from tests.unit.configs import CATALOGUE
from tests.unit.core.packs import write_pack

#: Without an insect, and unreadable: rows of the records.
EMPTY, BROKEN = 3, 7


@dataclass
class Run:
    """The results of a dataset from which a release is made."""

    format: Format
    folder: Path
    records: pl.DataFrame
    jpegs: dict[str, bytes]

    @property
    def indices(self) -> list[Path]:
        return [self.folder / name / "index.parquet" for name in ("original_256", "cropped_256")]

    @property
    def released(self) -> pl.DataFrame:
        """The records that are in both packages."""
        return self.records.with_row_index().filter(~pl.col("index").is_in([EMPTY, BROKEN]))

    def export_metadata(self, path: Path) -> Path:
        partitioned, boxes = self.folder / "partitioned.parquet", self.folder / "boxes.parquet"
        export_metadata(self.format, "measured", partitioned, boxes, self.indices, path)
        return path

    def export(self, path: Path, **where: list) -> Path:
        """The zip of cropped_256."""
        partitioned = self.folder / "partitioned.parquet"
        places = partitioned, self.indices[1], self.indices
        export_package(self.format, "cropped_256", where, (1, 1), 3, *places, path)
        return path

    def about(self, **changes: object) -> About:
        given = {"licence": "CC0 1.0", "holder": "Nobody", "cite": "https://example.org", **changes}
        return About.of("mine", self.format, "simulated", given, CATALOGUE)

    def export_hdf5(self, path: Path) -> Path:
        partitioned = self.folder / "partitioned.parquet"
        export_hdf5(self.format, partitioned, self.indices[1], self.indices, path)
        return path

    def export_parquet(self, folder: Path) -> Path:
        tables = self.folder / "partitioned.parquet", self.folder / "boxes.parquet"
        folder.parent.mkdir(exist_ok=True)
        indices = self.indices[1], self.indices
        export_parquet(self.format, "cropped_256", "measured", *tables, *indices, folder)
        return folder

    def release(self, folder: Path, about: About | None = None) -> Path:
        """All files of a release of cropped_256 and its metadata, described."""
        folder.mkdir()
        whole = "cropped_256.zip" if self.format == "bioscan1m" else "BIOSCAN_5M_cropped_256.zip"
        paths = [
            self.export_metadata(folder / METADATA[self.format]),
            self.export(folder / whole),
            self.export_parquet(folder / "parquet/cropped_256"),
        ]
        written = [folder / name for name in ("README.md", "SHA256SUMS", "dataset.jsonld")]
        describe_release(
            about or self.about(),
            {"Labels": "as they were entered"},
            self.folder / "partitioned.parquet",
            self.indices,
            paths,
            {whole: "cropped_256"},
            *written,
            folder / "croissant.json",
        )
        return folder


def make_run(format: Format, folder: Path) -> Run:
    """Two packages of noise, in two packs each, of 90 simulated specimens.

    The chunks are those of other splits, as after a new partition.
    """
    community = Community(
        specimens=90, seed=8, species=9, evenness=1.0, insects_only=True, part_size=40,
        labelled={"species": 0.6},
    )  # fmt: skip
    records = pl.concat(simulate(community, format)).select(list(SCHEMA))
    records = records.with_columns(
        chunk=pl.lit("x"),
        # Values that a CSV must quote.
        country=pl.Series(['a "b", c', "", None] + ["Côte d'Ivoire"] * 87),
        index_bioscan_1M_insect=pl.Series([150502, None, 0] + [None] * 87, dtype=pl.Int64),
    )
    # bioscan-dataset 1.3.0 fails on tables of 1M in which each genus has its subfamily or tribe.
    with_genus = pl.col("genus").is_not_null()
    bare = with_genus & (with_genus.cum_sum() <= 2)
    records = records.with_columns(
        pl.when(~bare).then(pl.col(rank)).alias(rank) for rank in ("subfamily", "tribe")
    )
    records.write_parquet(folder / "partitioned.parquet")
    noise = np.random.default_rng(0).integers(0, 256, (90, 16, 20, 3), dtype=np.uint8)
    jpegs = {p: encode(n, 75) for p, n in zip(records["processid"], noise, strict=True)}
    for package, missing in (("original_256", {BROKEN}), ("cropped_256", {EMPTY, BROKEN})):
        (folder / package).mkdir()
        tables = [folder / package / f"contents{shard}.parquet" for shard in range(2)]
        for shard, path in enumerate(tables):
            rows = [n for n in range(45 * shard, 45 * shard + 45) if n not in missing]
            names = [records["processid"][n] for n in rows]
            images = [(name, jpegs[name]) for name in names]
            write_pack(folder / package / f"{shard:04d}.h5", package, images, {})
            contents = Contents([package])
            for image in images:
                contents.add(package, *image)
            contents.table().write_parquet(path)
        build_index(tables, package).write_parquet(folder / package / "index.parquet")
    fraction = pl.Series(np.arange(90) / 100 + 0.0001)
    boxes = records.select(
        "processid", area_fraction=fraction, scale_factor=2 * fraction, pixels=1000
    )
    # In the order of the archives, not of the records.
    boxes.reverse().write_parquet(folder / "boxes.parquet")
    return Run(format, folder, records, jpegs)
