"""An image out of one of the published HDF5 files, whichever way it is kept there.

BIOSCAN-1M keeps each in a dataset of its own: a JPEG as numbers or as one string, or the pixels.
CLIBD keeps the JPEGs of a split as rows of one dataset, filled up with zeros.
"""

import io

import h5py
from PIL import Image

from bioscan.core.images import BrokenImage


def read_hdf5(file: h5py.File, member: str, row: int, size: int) -> bytes:
    """The first `size` bytes of an image; all of a PNG where the file has pixels.

    Args:
        member: path of the dataset.
        row: which one, where a dataset holds several.

    Raises:
        BrokenImage: it cannot be read.
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
