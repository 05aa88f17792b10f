"""Contact sheets for people: images with their boxes and crops, and quarantined images."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from bioscan.core.figures import BOXES
from bioscan.core.image_index import read_images
from bioscan.core.images import BrokenImage, decode, resize_shorter_side
from bioscan.core.sheets import box_legend, draw_notice, draw_unread, shortened
from bioscan.image.cropping import Box, Cropping, crop, extended_box

#: Shorter side of an image on the sheet, pixels.
THUMBNAIL = 192

#: Dots per inch of a sheet: its images are slightly enlarged.
DPI = 150

#: Letters of a name that have room above an image.
LETTERS = 40


@dataclass(frozen=True)
class Seen:
    """An image in which the detector found an insect.

    Attributes:
        pixels: (height, width, 3); None if it can no longer be read.
        box: the tight box, pixels.
        score: of the box.
        area_fraction, scale_factor: as defined in 5M §A4.1.
    """

    processid: str
    pixels: np.ndarray | None
    box: Box
    score: float
    area_fraction: float
    scale_factor: float


def take_evenly(boxes: pl.DataFrame, most: int) -> pl.DataFrame:
    """At most `most` rows with a box, at even distances, in their order."""
    found = boxes.filter(pl.col("status") == "ok")
    shown = min(most, found.height)
    return found[[found.height * place // shown for place in range(shown)]]


def take_worst(boxes: pl.DataFrame, most: int) -> pl.DataFrame:
    """The `most` rows with a box of the lowest scores, the lowest first."""
    return boxes.filter(pl.col("status") == "ok").sort("score", "processid").head(most)


def take_quarantined(boxes: pl.DataFrame, most: int) -> pl.DataFrame:
    """At most `most` rows of images without a box, the likeliest losses first.

    Images without an insect come first, by descending score, then unreadable images, for which a
    fifth of the places is reserved.
    """
    without = boxes.filter(pl.col("status") == "no_insect").sort(
        "score", "processid", descending=[True, False]
    )
    unreadable = boxes.filter(pl.col("status") == "unreadable")
    kept = min(unreadable.height, max(most // 5, most - without.height))
    return pl.concat([without.head(most - kept), unreadable.head(kept)])


def read_pixels(index: Path, boxes: pl.DataFrame) -> Iterator[np.ndarray | None]:
    """The image of each row of `boxes`, (height, width, 3), or None if it cannot be read."""
    wanted = boxes.lazy().select("processid")
    rows = wanted.join(
        pl.scan_parquet(index), on="processid", how="left", maintain_order="left"
    ).collect()
    for _, data in read_images(rows):
        try:
            yield None if isinstance(data, BrokenImage) else decode(data)
        except BrokenImage:
            yield None


def draw_contact_sheet(
    images: Sequence[Seen], how: Cropping, title: str, columns: int = 4
) -> Figure:
    """Each image with its tight and extended box, and its crop beside it.

    Boxes and crop are drawn as in 1M Figure A9, the area fraction below as in 5M Figure A6.
    """
    if not images:
        return draw_notice("No insect was found in any image.")
    lines = -(-len(images) // columns)
    figure, axes = plt.subplots(
        lines,
        2 * columns,
        figsize=(4.2 * columns, 0.7 + 2.0 * lines),
        width_ratios=[4, 3] * columns,
        squeeze=False,
        layout="constrained",
    )
    figure.suptitle(title, x=0.01, ha="left")
    handles, labels = box_legend(("detected", "extended"))
    figure.legend(handles, labels, loc="outside upper right", ncols=len(labels))
    for axis in axes.flat:
        axis.set_axis_off()
    for number, seen in enumerate(images):
        line, column = divmod(number, columns)
        whole, beside = axes[line, 2 * column], axes[line, 2 * column + 1]
        _show(whole, seen.pixels)
        _label(whole, seen.processid, f"area fraction {seen.area_fraction:.3f}")
        if seen.pixels is None:
            continue
        extended, _ = extended_box(seen.box, how)
        # A box that reaches beyond the image is shown whole: the page is white like the padding.
        height, width = seen.pixels.shape[:2]
        whole.set_xlim(min(0, extended[0]), max(width, extended[2]))
        whole.set_ylim(max(height, extended[3]), min(0, extended[1]))
        for (x0, y0, x1, y1), name in ((seen.box, "detected"), (extended, "extended")):
            _, colour, line = BOXES[name]
            frame = Rectangle((x0, y0), x1 - x0, y1 - y0, fill=False, ec=colour, ls=line, lw=1.4)
            whole.add_patch(frame)
        _show(beside, crop(seen.pixels, seen.box, how))
        # A line around the crop, because the padding is white like the page.
        beside.set_axis_on()
        beside.set(xticks=[], yticks=[])
        beside.spines[:].set(color="#b0b0b0", linewidth=0.5, visible=True)
        _label(beside, f"score {seen.score:.4f}", f"scale factor {seen.scale_factor:.2f}")
    return figure


def draw_quarantine_sheet(
    images: Sequence[tuple[str, np.ndarray | None, str]], title: str, columns: int = 5
) -> Figure:
    """Images without a box, each with the reason.

    Args:
        images: processid, pixels (None if the image cannot be read) and reason of each.
    """
    if not images:
        return draw_notice("No image was set aside.")
    lines = -(-len(images) // columns)
    figure, axes = plt.subplots(
        lines,
        columns,
        figsize=(2.6 * columns, 0.4 + 2.25 * lines),
        squeeze=False,
        layout="constrained",
    )
    figure.suptitle(title, x=0.01, ha="left")
    for axis in axes.flat:
        axis.set_axis_off()
    for axis, (processid, pixels, reason) in zip(axes.flat, images, strict=False):
        _show(axis, pixels)
        _label(axis, processid, fill(reason, 42))
    return figure


def _show(axis: Axes, pixels: np.ndarray | None) -> None:
    """Draw an image in its own coordinates, or a grey board if there is none."""
    if pixels is None:
        draw_unread(axis)
    else:
        extent = (0, pixels.shape[1], pixels.shape[0], 0)
        axis.imshow(resize_shorter_side(pixels, THUMBNAIL), extent=extent)


def _label(axis: Axes, above: str, below: str) -> None:
    # Names are no formulas: `a$_$.jpg` would be one, and a wrong one.
    axis.set_title(shortened(above, LETTERS), fontsize=7, loc="left", pad=2, parse_math=False)
    axis.text(0, -0.02, below, transform=axis.transAxes, fontsize=7, va="top", parse_math=False)
