"""Maps of where the specimens were collected.

Latitude and longitude are the axes (equirectangular); Antarctica is left out.
"""

import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from matplotlib.ticker import StrMethodFormatter

#: Outlines of the countries; the file names its source.
WORLD = Path(__file__).with_name("world.geojson")

LAND, BORDER = "#e8e8e8", "#a0a0a0"


def read_outlines() -> dict[str, Outline]:
    """Country → its outline, with vertices in degrees (longitude, latitude)."""
    features = json.loads(WORLD.read_text())["features"]
    return {
        feature["properties"]["name"]: Outline.make_compound_path(
            *(
                Outline(ring, closed=True)
                for polygon in feature["geometry"]["coordinates"]
                for ring in polygon
            )
        )
        for feature in features
    }


def draw_sites(records: pl.LazyFrame) -> Figure:
    """Sites where the specimens were collected, one dot per site (5M Figure 3)."""
    sites = (
        records.select("coord-lat", "coord-lon")
        .drop_nulls()
        .group_by("coord-lat", "coord-lon")
        .len()
        .sort("len", "coord-lat", "coord-lon")
        .collect()
    )
    figure, axis = plt.subplots(figsize=(10, 4.6), layout="constrained")
    _draw_land(axis, read_outlines())
    dots = axis.scatter(
        sites["coord-lon"],
        sites["coord-lat"],
        c=sites["len"],
        s=14,
        norm=_log_scale(sites["len"]),
        cmap="viridis_r",
        edgecolors="white",
        linewidths=0.2,
        zorder=2,
    )
    _add_scale(figure, axis, dots, "specimens at a site")
    axis.set_title(f"{sites.height:,} sites, {sites['len'].sum():,} specimens", loc="left")
    return figure


def draw_countries(records: pl.LazyFrame) -> Figure:
    """Specimens per country, on a map and as a bar chart (5M Figure A1).

    A country too small for the outlines is a dot at the median of its sites.
    """
    countries = (
        records.filter(pl.col("country").is_not_null())
        .group_by("country")
        .agg(pl.len(), pl.col("coord-lon", "coord-lat").median())
        .sort(["len", "country"], descending=[True, False])
        .collect()
    )
    outlines = read_outlines()
    figure, (axis, bars) = plt.subplots(
        2, 1, figsize=(10, 7.4), layout="constrained", height_ratios=[4.2, 2]
    )
    _draw_land(axis, outlines)
    outlined = pl.col("country").is_in(list(outlines))
    large, small = countries.filter(outlined), countries.filter(~outlined)
    areas = PatchCollection(
        [PathPatch(outlines[name]) for name in large["country"]],
        norm=_log_scale(countries["len"]),
        cmap="viridis_r",
        edgecolor=BORDER,
        linewidth=0.3,
        zorder=2,
    )
    areas.set_array(large["len"].to_numpy())
    axis.add_collection(areas)
    axis.scatter(
        small["coord-lon"],
        small["coord-lat"],
        c=small["len"],
        s=30,
        norm=areas.norm,
        cmap=areas.cmap,
        edgecolors="black",
        linewidths=0.4,
        zorder=3,
    )
    _add_scale(figure, axis, areas, "specimens")
    total = countries["len"].sum()
    axis.set_title(f"{countries.height} countries, {total:,} specimens", loc="left")

    places = np.arange(countries.height)
    bars.bar(places, countries["len"], color=areas.cmap(areas.norm(countries["len"])), width=0.8)
    bars.set_yscale("log")
    bars.set_ylim(bottom=0.8)
    bars.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    bars.set_ylabel("specimens")
    bars.set_xticks(places, countries["country"], rotation=90, fontsize=8)
    bars.set_xlim(-1, max(countries.height, 16))
    bars.spines[["top", "right"]].set_visible(False)
    return figure


def _log_scale(counts: pl.Series) -> LogNorm:
    """A colour scale for counts from 1, at least a decade long, so that equal counts work too."""
    return LogNorm(1, max(10, counts.max() or 0))


def _draw_land(axis: Axes, outlines: dict[str, Outline]) -> None:
    patches = [PathPatch(outline) for outline in outlines.values()]
    axis.add_collection(
        PatchCollection(patches, facecolor=LAND, edgecolor=BORDER, linewidth=0.3, zorder=1)
    )
    axis.set(xlim=(-180, 180), ylim=(-57, 84), aspect="equal")
    axis.set_xticks(range(-180, 181, 60))
    axis.set_yticks(range(-30, 61, 30))
    axis.xaxis.set_major_formatter(StrMethodFormatter("{x:.0f}°"))
    axis.yaxis.set_major_formatter(StrMethodFormatter("{x:.0f}°"))
    axis.grid(color="#d0d0d0", linewidth=0.3, zorder=0)
    axis.tick_params(labelsize=8, length=2)
    axis.spines[:].set(color=BORDER, linewidth=0.5)


def _add_scale(figure: Figure, axis: Axes, coloured: PatchCollection, label: str) -> None:
    scale = figure.colorbar(coloured, ax=axis, shrink=0.8, pad=0.01, label=label)
    scale.ax.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    scale.outline.set_visible(False)
