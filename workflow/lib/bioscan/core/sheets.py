"""Sheets of example images with captions below, in files that stay small.

The report holds every figure, so a sheet of 16 images may not weigh what 16 photographs do. Images
are shrunk and have few colours, and each of their pixels is one of the PNG, which has a palette.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from PIL import Image

from bioscan.core.figures import BOXES, save_figure
from bioscan.core.files import atomic
from bioscan.core.images import resize_shorter_side

#: Width and height that an image has room in, pixels of the PNG; most are 4 to 3.
ROOM = (204, 153)

#: Dots per inch of the PNG.
DPI = 120

#: Colours of an image in the PDF, which stores an image of few colours by a palette.
COLOURS = 128

#: Letters that have room in a line below an image.
LETTERS = 26

#: Space between images and around them, height of a line of text, and of the title, pixels.
GAP, LINE, TITLE = 10, 15, 26


@dataclass(frozen=True)
class Example:
    """An image on a sheet.

    Attributes:
        pixels: uint8 (height, width, 3); None if it cannot be read.
        lines: what stands below it.
        frames: boxes (x0, y0, x1, y1) in its pixels, each with a colour and a style of line.
    """

    pixels: np.ndarray | None
    lines: tuple[str, ...]
    frames: tuple[tuple[tuple[float, float, float, float], str, str], ...] = ()


def draw_examples(
    examples: Sequence[Example],
    title: str,
    columns: int = 4,
    italic: bool = False,
    boxes: Sequence[str] = (),
) -> Figure:
    """A grid of images, row by row, each with its lines below.

    Args:
        examples: the images. None at all: the title stands alone.
        italic: whether the first line below an image is a name that is printed in italics.
        boxes: the kinds of frames, of BOXES, which a legend below the title explains.
    """
    if not examples:
        return draw_notice(title)
    written = [
        [(part, number) for number, text in enumerate(example.lines) for part in in_lines(text)]
        for example in examples
    ]
    below = LINE * max(map(len, written))
    wide, high = ROOM[0] + GAP, ROOM[1] + below + GAP
    columns = min(columns, len(examples))
    # A title needs the width of two images.
    width = GAP + wide * max(columns, 2)
    top = TITLE + (LINE if boxes else 0)
    height = top + high * -(-len(examples) // columns)
    figure = plt.figure(figsize=(width / DPI, height / DPI), dpi=DPI)
    figure.text(
        GAP / width, 1 - TITLE / 2 / height, title, fontsize=8, va="center", parse_math=False
    )
    if boxes:
        figure.legend(
            *box_legend(boxes),
            loc="center left",
            bbox_to_anchor=(GAP / width, 1 - (TITLE + LINE / 4) / height),
            ncols=len(boxes),
            fontsize=7,
            borderpad=0,
            borderaxespad=0,
        )
    for number, (example, lines) in enumerate(zip(examples, written, strict=True)):
        row, column = divmod(number, columns)
        left, bottom = GAP + column * wide, height - top - row * high - ROOM[1]
        _draw_image(figure, example, left / width, bottom / height)
        for line, (text, of) in enumerate(lines):
            figure.text(
                left / width,
                (bottom - LINE * (line + 0.6)) / height,
                text,
                fontsize=7,
                va="center",
                style="italic" if italic and of == 0 else "normal",
                color="black" if of == 0 else "#404040",
                parse_math=False,
            )
    return figure


def save_sheet(figure: Figure, png: Path, pdf: Path) -> None:
    """Write a sheet, its PNG with a palette of 256 colours; the figure is closed."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DPI)
    with atomic(png) as partial:
        _with_palette(Image.open(drawn).convert("RGB"), 256).save(partial, "png", optimize=True)
    save_figure(figure, pdf, dpi=DPI)


def draw_notice(text: str) -> Figure:
    """A figure that says why there is nothing to draw."""
    figure = plt.figure(figsize=(8, 1))
    figure.text(0.5, 0.5, text, ha="center", va="center", parse_math=False)
    return figure


def draw_unread(axis: Axes) -> None:
    """A grey board in place of an image that cannot be read."""
    axis.imshow(np.full((3, 4, 3), 225, np.uint8))
    axis.text(1.5, 1, "cannot be read", ha="center", va="center", fontsize=8, color="#505050")


def box_legend(names: Sequence[str]) -> tuple[list[Line2D], list[str]]:
    """Lines and labels of some of BOXES, for a legend."""
    kinds = [BOXES[name] for name in names]
    return (
        [Line2D([], [], color=colour, ls=line, lw=1.4) for _, colour, line in kinds],
        [label for label, *_ in kinds],
    )


def in_lines(text: str) -> list[str]:
    """A text in one line, or in two where it is long and has a space, each with room."""
    parts = wrap(text, LETTERS, break_long_words=False, break_on_hyphens=False) or [""]
    if len(parts) > 2:
        parts = [text]
    return [shortened(part, LETTERS) for part in parts]


def shortened(text: str, letters: int) -> str:
    """A text that has room: a longer one without its middle."""
    half = letters // 2
    return text if len(text) <= letters else f"{text[: half - 1]}…{text[-half:]}"


def _draw_image(figure: Figure, example: Example, left: float, bottom: float) -> None:
    """Draw an image pixel by pixel in the corner of its room, which is given in fractions."""
    width, height = figure.get_size_inches() * DPI
    pixels = None if example.pixels is None else fitted(example.pixels)
    h, w = (ROOM[1], ROOM[0]) if pixels is None else pixels.shape[:2]
    axis = figure.add_axes((left, bottom, w / width, h / height))
    axis.set_axis_off()
    # It lies on grey that is a pixel larger, because the padding of a crop is white like the page.
    figure.add_artist(
        Rectangle(
            (left - 1 / width, bottom - 1 / height),
            (w + 2) / width,
            (h + 2) / height,
            fc="#c8c8c8",
            lw=0,
            zorder=-1,
            transform=figure.transFigure,
        )
    )
    if example.pixels is None:
        draw_unread(axis)
        return
    whole_height, whole_width = example.pixels.shape[:2]
    few = _with_palette(Image.fromarray(pixels), COLOURS).convert("RGB")
    # Not interpolated, so that the PDF has these pixels and their few colours.
    axis.imshow(few, extent=(0, whole_width, whole_height, 0), aspect="auto", interpolation="none")
    for (x0, y0, x1, y1), colour, style in example.frames:
        axis.add_patch(
            Rectangle((x0, y0), x1 - x0, y1 - y0, fill=False, ec=colour, ls=style, lw=1.1)
        )


def fitted(pixels: np.ndarray) -> np.ndarray:
    """An image (height, width, 3) as large as has ROOM; one that is long beyond it is cut short."""
    height, width = pixels.shape[:2]
    side = max(1, round(min(height, width) * min(ROOM[0] / width, ROOM[1] / height)))
    return resize_shorter_side(pixels, side)[: ROOM[1], : ROOM[0]]


def _with_palette(image: Image.Image, colours: int) -> Image.Image:
    """An image in a few colours of its own.

    They are spread over all colours that occur, and then fitted: a median cut gives none to an
    insect, whose pixels are few, and it is grey. Dithering would double the size.
    """
    return image.quantize(
        colours, method=Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE
    )
