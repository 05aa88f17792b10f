"""A page of photographs with their boxes and crops, to be looked at."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from bioscan.core.images import resize_shorter_side
from bioscan.image.cropping import crop, extend_box

#: Shorter side of a picture on the page, pixels.
THUMBNAIL = 192


def draw_contact_sheet(
    photographs: Sequence[tuple[str, np.ndarray, tuple[int, int, int, int], float]],
    ratio: float,
    fill: int,
    columns: int = 4,
) -> Figure:
    """Each photograph with its tight (red) and extended (blue) box, and its crop beside it.

    Colours as in 1M Figure A9.

    Args:
        photographs: title, pixels (height, width, 3), tight box and score of each.
        ratio, fill: as for `cropping`.
    """
    lines = max(1, -(-len(photographs) // columns))
    figure, axes = plt.subplots(
        lines,
        2 * columns,
        figsize=(4.2 * columns, 1.75 * lines),
        width_ratios=[4, 3] * columns,
        squeeze=False,
        layout="constrained",
    )
    for axis in axes.flat:
        axis.set_axis_off()
    for number, (title, pixels, box, score) in enumerate(photographs):
        line, column = divmod(number, columns)
        whole, cut = axes[line, 2 * column], axes[line, 2 * column + 1]
        extended = extend_box(box, ratio)
        whole.imshow(
            resize_shorter_side(pixels, THUMBNAIL), extent=(0, pixels.shape[1], pixels.shape[0], 0)
        )
        for (x0, y0, x1, y1), colour in ((box, "red"), (extended, "blue")):
            frame = Rectangle((x0, y0), x1 - x0, y1 - y0, fill=False, edgecolor=colour, lw=1.2)
            whole.add_patch(frame)
        whole.set_title(title, fontsize=7, loc="left", pad=2)
        cut.imshow(resize_shorter_side(crop(pixels, extended, fill), THUMBNAIL))
        cut.set_title(f"score {score:.2f}", fontsize=7, loc="left", pad=2)
    return figure
