"""Reading an image from one of the published HDF5 files, in each of their layouts.

BIOSCAN-1M stores each image in a dataset of its own: a JPEG as numbers or as one string, or the
pixels. CLIBD stores the JPEGs of a split as rows of one dataset, padded with zeros.
"""

import io

import h5py
from PIL import Image

from bioscan.core.images import BrokenImage


def read_hdf5(file: h5py.File, member: str, row: int, size: int) -> bytes:
    """The first `size` bytes of an image; a complete PNG where the file stores pixels.

    Args:
        file: the HDF5 file.
        member: path of the dataset.
        row: of the image, where a dataset holds several.
        size: number of bytes.

    Raises:
        BrokenImage: the dataset cannot be read.
    """
    try:
        dataset = file[member]
        if dataset.ndim == 3:  # (height, width, 3)
            png = io.BytesIO()
            Image.fromarray(dataset[...]).save(png, "PNG", compress_level=1)
            return png.getvalue()
        if dataset.ndim == 2:
            return dataset[row, :size].tobytes()
        # As an array: a string would lose the zero bytes at its end.
        return dataset[...].tobytes()[:size]
    except (KeyError, OSError, ValueError) as error:
        raise BrokenImage(f"damaged HDF5: {error}") from error
