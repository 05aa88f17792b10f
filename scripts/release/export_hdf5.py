"""Write the released images of a package as HDF5."""

from collections.abc import Sequence
from pathlib import Path

from bioscan.core.formats import Format
from bioscan.core.logs import job_log
from bioscan.core.pack import PackReader, packs_beside
from bioscan.release.hdf5 import widths_of, write_bioscan1m_hdf5, write_clibd_hdf5
from bioscan.release.records import read_batches, read_released, splits_of


def export_hdf5(
    format: Format,
    records: Path,
    index: Path,
    indices: Sequence[Path],
    hdf5: Path,
) -> None:
    """Write the file in the layout of 1M, or in that of CLIBD for 5M.

    Args:
        format: bioscan1m or bioscan5m.
        records: the partitioned records (Parquet).
        index: the package's index.parquet, which lies beside its packs.
        indices: index.parquet of all released packages.
        hdf5: the file to write.
    """
    batches = read_batches(format, records, None, indices, index=index)
    paths = packs_beside(index)
    packs = PackReader(paths)
    if format == "bioscan1m":
        write_bioscan1m_hdf5(batches, packs, hdf5)
    else:
        released = read_released(format, records, None, indices)
        widths = widths_of(released, packs, range(len(paths)))
        write_clibd_hdf5(batches, packs, splits_of(released), widths, hdf5)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        export_hdf5(
            format=snakemake.params.format,
            records=Path(snakemake.input.records),
            index=Path(snakemake.input.index),
            indices=[Path(path) for path in snakemake.input.indices],
            hdf5=Path(snakemake.output[0]),
        )
