"""Figures that describe a dataset."""

import matplotlib.pyplot as plt
import polars as pl
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

#: How many classes a panel shows (1M Figure 2: 16 orders, 40 families).
MOST = {"order": 16, "family": 40}


def draw_class_distribution(records: pl.DataFrame) -> Figure:
    """Specimens of the most populated orders and families, on a log scale (1M Figure 2)."""
    panels = {
        rank: records[rank]
        .drop_nulls()
        .value_counts()
        .sort(["count", rank], descending=[True, False])
        for rank in MOST
    }
    figure, axes = plt.subplots(2, 1, figsize=(9, 7), layout="constrained", height_ratios=[1, 1])
    for axis, (rank, counts) in zip(axes, panels.items(), strict=True):
        shown = counts.head(MOST[rank])
        axis.bar(shown[rank].to_list(), shown["count"], color="#4477aa", width=0.75)
        axis.set_yscale("log")
        axis.set_ylim(bottom=0.8)
        axis.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axis.set_ylabel("specimens")
        axis.set_title(
            f"{counts.height} {'families' if rank == 'family' else 'orders'}"
            + (f", the largest {shown.height}" if counts.height > shown.height else ""),
            loc="left",
        )
        axis.tick_params(axis="x", rotation=90 if shown.height > 12 else 45)
        axis.margins(x=0.01)
        axis.spines[["top", "right"]].set_visible(False)
    return figure
