"""Numbers in the text of the papers that follow from the records, one row per number.

The facts have the names of config/published/bioscan1m_text_facts.csv and bioscan5m_text_facts.csv.
"""

from collections.abc import Mapping

import polars as pl

from bioscan.describe.counts import PHOTOGRAPH_COLUMNS, category_sizes, photographed

#: Regions that 5M §A2.1 names together.
TOP_REGIONS = 70

#: Species of at most this many samples are rare (5M §A4.5).
RARE = 6

#: Squares of 5M Figure A10 that stand for all samples.
SQUARES = 48 * 48


def orders(records: pl.DataFrame) -> pl.DataFrame:
    """Images of each order, the most populated first (1M Figure 4): order, n_images."""
    return (
        category_sizes(photographed(records), ["order"])
        .select(pl.col("order").cast(pl.String), pl.col("len").cast(pl.Int64).alias("n_images"))
        .sort(["n_images", "order"], descending=[True, False])
    )


def facts_1m(records: pl.DataFrame) -> pl.DataFrame:
    """Numbers in the text of BIOSCAN-1M: fact, value."""
    classified = {
        label: records.filter(pl.col(f"large_{task}").is_not_null())[label].drop_nulls().n_unique()
        for label, task in (("order", "insect_order"), ("family", "diptera_family"))
    }
    return _table(
        {
            "records": records.height,
            "families_in_text": _categories(records, "family"),
            "samples_without_family_in_text": records["family"].null_count(),
            "unique_names": _categories(records, "taxon"),
            "orders_total": _categories(records, "order"),
            "orders_classified": classified["order"],
            "diptera_families_classified": classified["family"],
            "bin_species_text": _categories(records, "dna_bin"),
            **_image_size(records),
        }
    )


def facts_5m(records: pl.DataFrame) -> pl.DataFrame:
    """Numbers in the text of BIOSCAN-5M: fact, value; shares are percent, rounded as printed."""
    total = records.height
    train = records.filter(split="train")
    seen = records.filter(pl.col("split").is_in(["train", "val", "test"]))
    per_species = category_sizes(train, ["species"])["len"]
    rare = per_species.filter(per_species <= RARE)
    regions = category_sizes(records, ["coord-lat", "coord-lon"])["len"]
    insects = (records["class"] == "Insecta").sum()
    deepest = pl.all_horizontal(pl.col("subfamily", "genus", "species").is_null())
    family_alone = records.filter(deepest, pl.col("family").is_not_null()).height
    pseudosciara = (records["species"].cast(pl.String) == "Pseudosciara sp.").sum()
    without_subfamily = (
        records.filter(pl.col("genus").is_not_null())
        .group_by("genus")
        .agg(pl.col("subfamily").count().alias("labelled"))
        .filter(labelled=0)
        .height
    )

    def percent(part: int, whole: int = total, decimals: int = 2) -> float | None:
        return round(100 * part / whole, decimals) if whole else None

    def labelled(rank: str) -> float | None:
        return percent(total - records[rank].null_count())

    return _table(
        {
            "records": total,
            "insect_share": percent(insects, decimals=0),
            **{
                f"seen_split_{split}_percent": percent(
                    seen.filter(split=split).height, seen.height, decimals=1
                )
                for split in ("train", "val", "test")
            },
            "samples_per_barcode": total / max(1, _categories(records, "dna_barcode")),
            "distinct_locations": regions.len(),
            "samples_from_top_70_regions": percent(regions.top_k(TOP_REGIONS).sum()),
            "top_70_regions_share": percent(min(TOP_REGIONS, regions.len()), regions.len()),
            "samples_from_costa_rica": percent(_labelled(records, "country", "Costa Rica")),
            "no_image_measurement_value": percent(records["image_measurement_value"].null_count()),
            "labelled_to_order_text": labelled("order"),
            "diptera_share_text": percent(_labelled(records, "order", "Diptera")),
            "diptera_share_text_2": percent(_labelled(records, "order", "Diptera")),
            "labelled_to_class_text": labelled("class"),
            "insecta_share_text": percent(insects),
            "non_insect_organisms_text": total - insects,
            "unlabelled_below_family_text": percent(records.filter(deepest).height),
            "genera_without_subfamily": without_subfamily,
            "samples_pseudosciara_sp": pseudosciara,
            "train_species_with_6_or_fewer": rare.len(),
            "train_species_single_sample": (per_species == 1).sum(),
            "train_samples_of_rare_species": rare.sum(),
            "pretrain_share": percent(records.filter(split="pretrain").height, decimals=0),
            "labelled_only_to_family": percent(family_alone, decimals=0),
            "samples_per_square_fig_a10": round(total / SQUARES),
            **_image_size(records),
        }
    )


def largest_dataset(records: pl.DataFrame) -> pl.DataFrame:
    """BIOSCAN-5M in 5M Table 1: name, images, imbalance_ratio and categories of its BINs.

    Images are records with a photograph, categories those of all records.
    """
    sizes = category_sizes(records, ["dna_bin"])["len"]
    imbalance = round(sizes.max() / sizes.min()) if sizes.len() else None
    rows = [("BIOSCAN-5M", photographed(records).height, imbalance, sizes.len())]
    columns = ["name", "images", "imbalance_ratio", "categories"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def _table(facts: Mapping[str, float | None]) -> pl.DataFrame:
    values = pl.Series("value", list(facts.values()), dtype=pl.Float64, strict=False)
    return pl.DataFrame({"fact": list(facts), "value": values})


def _image_size(records: pl.DataFrame) -> dict[str, int | None]:
    """Width and height of most photographs, in pixels; None where none is known."""
    if "photograph" not in records.columns:
        return dict.fromkeys(["image_width_px", "image_height_px"])
    sizes = category_sizes(records, list(PHOTOGRAPH_COLUMNS)).sort("len", descending=True)
    width, height = sizes.select(*PHOTOGRAPH_COLUMNS).row(0) if sizes.height else (None, None)
    return {"image_width_px": width, "image_height_px": height}


def _categories(records: pl.DataFrame, column: str) -> int:
    return records[column].drop_nulls().n_unique()


def _labelled(records: pl.DataFrame, column: str, label: str) -> int:
    return records.filter(pl.col(column).cast(pl.String) == label).height
