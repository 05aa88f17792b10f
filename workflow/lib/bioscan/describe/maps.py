"""Maps of where the specimens were collected.

Latitude and longitude are the axes (equirectangular); Antarctica is left out.
"""

import json
from math import floor, log10
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection, PathCollection
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from matplotlib.ticker import StrMethodFormatter

from bioscan.core.words import counted

#: Outlines of the countries; the file names its source.
WORLD = Path(__file__).with_name("world.geojson")

#: Side of the region that the map of sites shows enlarged, degrees.
ZOOMED = 6

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
        .sort("len", "coord-lat", "coord-lon", descending=[True, False, False])
        .collect()
    )
    every = records.select(pl.len()).collect().item()
    figure, axis = plt.subplots(figsize=(10, 4.6), layout="constrained")
    outlines = read_outlines()
    _draw_land(axis, outlines)
    _add_scale(figure, axis, _draw_dots(axis, sites), "specimens at a site (log scale)")
    _draw_densest(axis, outlines, sites)
    placed = sites["len"].sum()
    without = f"; {every - placed:,} more without coordinates" if placed < every else ""
    axis.set_title(f"{counted(sites.height, 'site')}, {counted(placed, 'specimen')}{without}")
    return figure


def _draw_dots(axis: Axes, sites: pl.DataFrame) -> PathCollection:
    """A dot per site. Those with many specimens are large and lie below their neighbours."""
    return axis.scatter(
        sites["coord-lon"],
        sites["coord-lat"],
        c=sites["len"],
        s=12 * (sites["len"].to_numpy() / (sites["len"].min() or 1)) ** 0.5,
        norm=_log_scale(sites["len"]),
        cmap="viridis_r",
        edgecolors="white",
        linewidths=0.4,
        zorder=2,
    )


def _draw_densest(axis: Axes, outlines: dict[str, Outline], sites: pl.DataFrame) -> None:
    """The region with the most sites, enlarged where the southern Pacific would be."""
    cell = pl.col("coord-lat", "coord-lon").floordiv(ZOOMED).name.suffix("_cell")
    cells = (
        sites.with_columns(cell)
        .group_by("coord-lat_cell", "coord-lon_cell")
        .agg(pl.len().alias("sites"), pl.col("coord-lat", "coord-lon").median())
    )
    densest = cells.sort("sites", "coord-lat", "coord-lon", descending=[True, False, False]).head(1)
    if densest.is_empty() or densest["sites"][0] < 2:
        return
    latitude, longitude = densest["coord-lat"][0], densest["coord-lon"][0]
    inset = axis.inset_axes((-175, -54, 57, 57), transform=axis.transData)
    _draw_land(inset, outlines)
    half = ZOOMED / 2
    inset.set(xlim=(longitude - half, longitude + half), ylim=(latitude - half, latitude + half))
    inset.set(xticks=[], yticks=[], facecolor="white")
    inset.spines[:].set(color="black", linewidth=0.6)
    inset.set_title(f"{ZOOMED}° × {ZOOMED}°", fontsize=8, pad=2)
    _draw_dots(inset, sites)
    axis.indicate_inset_zoom(inset, edgecolor="black", alpha=1, linewidth=0.6)


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
    _add_scale(figure, axis, areas, "specimens (log scale)")
    total = countries["len"].sum()
    every = records.select(pl.len()).collect().item()
    without = f"; {every - total:,} more without a country" if total < every else ""
    named = counted(countries.height, "country", "countries")
    axis.set_title(f"{named}, {counted(total, 'specimen')}{without}")

    places = np.arange(countries.height)
    bars.bar(places, countries["len"], color=areas.cmap(areas.norm(countries["len"])), width=0.8)
    bars.set_yscale("log")
    bars.set_ylim(bottom=0.8)
    bars.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    bars.set_ylabel("specimens (log scale)")
    bars.grid(axis="y")
    bars.set_xticks(places, countries["country"], rotation=90)
    bars.set_xlim(-0.7, max(countries.height, 8) - 0.3)
    bars.tick_params(axis="x", length=0)
    return figure


def _log_scale(counts: pl.Series) -> LogNorm:
    """A colour scale of whole decades that hold the counts, so that equal counts work too."""
    lowest, highest = counts.min() or 1, counts.max() or 1
    start = 10 ** floor(log10(lowest))
    return LogNorm(start, max(10 * start, highest))


def _draw_land(axis: Axes, outlines: dict[str, Outline]) -> None:
    patches = [PathPatch(outline) for outline in outlines.values()]
    axis.add_collection(
        PatchCollection(patches, facecolor=LAND, edgecolor=BORDER, linewidth=0.3, zorder=1)
    )
    axis.set(xlim=(-180, 180), ylim=(-57, 84), aspect="equal")
    degrees = range(-180, 181, 60)
    axis.set_xticks(degrees, [f"{abs(x)}°{'' if x % 180 == 0 else 'WE'[x > 0]}" for x in degrees])
    degrees = range(-30, 61, 30)
    axis.set_yticks(degrees, [f"{abs(y)}°{'' if y == 0 else 'SN'[y > 0]}" for y in degrees])
    axis.grid(color="#d0d0d0", linewidth=0.3, zorder=0)
    axis.tick_params(length=2)
    axis.spines[:].set(color=BORDER, linewidth=0.5, visible=True)


def _add_scale(figure: Figure, axis: Axes, coloured: PatchCollection, label: str) -> None:
    # As high as the map, whose sides are equal degrees.
    inset = axis.inset_axes((1.015, 0, 0.018, 1))
    scale = figure.colorbar(coloured, cax=inset, label=label)
    scale.ax.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    scale.outline.set_visible(False)
