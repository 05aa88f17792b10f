"""The papers' tables: every printed cell, from records fabricated with the printed counts.

The fabricated labels are numbers. A column that the papers describe by its labelled records,
categories, largest and smallest category is fabricated to have just these.
"""

import math
import statistics
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from bioscan.core.records import EXPERIMENT_SPLITS, EXPERIMENTS, RANKS, SCHEMA, SPLITS
from bioscan.describe import tables
from bioscan.describe.tables import TABLES, read_records
from bioscan.layout import PUBLISHED
from bioscan.report.pages import PUBLISHED as BESIDE
from bioscan.report.pages import beside_published

FOLDER = Path(__file__).parents[3] / "config/published"

#: Records of the datasets (5M Table 2).
ALL_1M, ALL_5M = 1_128_313, 5_150_850


def printed(name: str, dataset: str = "BIOSCAN-5M") -> pl.DataFrame:
    table = pl.read_csv(FOLDER / PUBLISHED[name])
    if "dataset" in table.columns:
        table = table.filter(pl.col("dataset").str.starts_with(dataset))
    return table


def assert_as_printed(table: pl.DataFrame, published: pl.DataFrame, *but: str) -> None:
    """Every value column, those of `but` left out, has published values and equals them."""
    beside = beside_published(table, published)
    values = {name.removesuffix(BESIDE) for name in beside.columns if name.endswith(BESIDE)}
    numbers = {name for name, kind in table.schema.items() if kind.is_numeric()}
    assert numbers - set(but) <= values
    for name in sorted(numbers - set(but)):
        here, there = beside[name].cast(pl.Float64), beside[name + BESIDE].cast(pl.Float64)
        assert here.to_list() == there.to_list(), name


def column(records: int, labelled: int, categories: int, most: int, least: int = 1) -> pl.Series:
    """Labels with these counts; the categories between the largest and the smallest even."""
    between = categories - 2
    if between < 0:
        sizes = np.array([labelled])
    else:
        rest, over = divmod(labelled - most - least, between) if between else (0, 0)
        sizes = np.array([most, *([rest + 1] * over), *([rest] * (between - over)), least])
    assert sizes.sum() == labelled and sizes.max() == most and sizes.min() >= least
    labels = np.repeat(np.arange(categories, dtype=np.uint32), sizes)
    return pl.concat(
        [pl.Series(labels), pl.repeat(None, records - labelled, dtype=pl.UInt32, eager=True)]
    )


#: labelled, categories, largest, smallest: 5M Table 2, sizes from Table A5 where it has them.
COUNTS_5M = {
    "phylum": (5_150_850, 1, 5_150_850, 5_150_850),
    "class": (5_146_837, 10, 5_038_818, 7),
    "order": (5_134_987, 55, 3_675_317),
    "family": (4_932_774, 934, 938_928),
    "subfamily": (1_472_548, 1_542, 323_146),
    "genus": (1_226_765, 7_605, 200_268),
    "species": (473_094, 22_622, 7_694),
    "taxon": (5_150_850, 28_346, 925_520),
    "dna_bin": (5_137_441, 324_411, 35_458),
    "dna_barcode": (5_150_850, 2_486_492, 3_743),
}


@pytest.fixture(scope="module")
def records_5m() -> pl.DataFrame:
    return pl.DataFrame({name: column(ALL_5M, *counts) for name, counts in COUNTS_5M.items()})


# BIOSCAN-5M: counts and imbalance


def test_ranks_are_as_printed(records_5m):
    assert_as_printed(tables.ranks(records_5m), printed("bioscan5m_table2"))


def test_diversity_counts_are_as_printed(records_5m):
    """The slides cut what they print in thousands."""
    made = tables.diversity(records_5m.with_columns(dna_barcode=pl.lit(0)))
    beside = beside_published(made, printed("bioscan5m_slides_sdi"))
    for name in made.columns[1:-2]:
        for here, there in beside.select(name, name + BESIDE).iter_rows():
            assert here == there or here // 1000 * 1000 == there, name


def test_places_are_as_printed():
    place = column(ALL_5M, 5_149_019, 1_650, 520_792)
    made = tables.geography(
        pl.DataFrame(
            {
                "country": column(ALL_5M, 5_150_842, 47, 3_256_316, 10),
                "province_state": column(ALL_5M, 5_058_718, 102, 1_243_427),
                "coord-lat": column(ALL_5M, 5_149_019, 1_394, 556_352),
                "coord-lon": column(ALL_5M, 5_149_019, 1_489, 618_931),
            }
        )
    )
    # Latitudes and longitudes that make the printed locations are not those printed above.
    nothing = dict.fromkeys(["country", "province_state"], None)
    located = tables.geography(pl.DataFrame({**nothing, "coord-lat": place, "coord-lon": place}))
    assert_as_printed(made[:4].vstack(located[4:]), printed("bioscan5m_tableA4"))


def test_a_location_needs_both_coordinates():
    places = {"coord-lat": [1.0, 1.0, 1.0, None], "coord-lon": [5.0, 5.0, 6.0, 5.0]}
    nothing = dict.fromkeys(["country", "province_state"], None)
    made = tables.geography(pl.DataFrame({**nothing, **places})).row(4, named=True)
    assert (made["categories"], made["labelled"], made["unlabelled"]) == (2, 3, 1)
    assert (made["labelled_percent"], made["imbalance_ratio"]) == (75.0, 2.0)


def test_insects_are_as_printed():
    insects = 5_038_818
    counts = {
        "order": (5_037_247, 25, 3_675_317, 2),  # an imbalance of 1,837,658.5
        "family": (4_853_383, 681, 938_928),
        "subfamily": (1_431_962, 1_305, 323_146),
        "genus": (1_188_043, 6_897, 200_268),
        "species": (450_215, 21_512, 7_694),
        "taxon": (5_038_818, 26_603, 925_520),
        "dna_bin": (5_025_921, 311_743, 35_458),
        "dna_barcode": (5_038_818, 2_423_704, 3_743),
    }
    frame = pl.DataFrame({name: column(insects, *each) for name, each in counts.items()})
    others = pl.DataFrame({name: [0] for name in counts}, schema=frame.schema)
    records = pl.concat([frame, others]).with_columns(
        pl.Series("class", ["Insecta"], pl.Categorical)
        .extend_constant("Insecta", insects - 1)
        .extend_constant("Collembola", 1)
    )
    assert_as_printed(tables.insecta(records), printed("bioscan5m_tableA6"))


def test_a_rank_without_labels_has_no_imbalance():
    nothing = pl.DataFrame(schema=SCHEMA).clear(3)
    first = tables.ranks(nothing).row(0, named=True)
    assert first == {
        "attribute": "phylum",
        "imbalance_ratio": None,
        "categories": 0,
        "labelled": 0,
        "labelled_percent": 0.0,
    }


def test_without_insects_there_is_no_percentage():
    made = tables.insecta(pl.DataFrame(schema=SCHEMA).clear(3))
    assert made["labelled_percent"].null_count() == made.height


# BIOSCAN-5M: distribution


def test_the_distribution_is_as_printed(records_5m):
    """But for 953.7, the mean of 1,544 subfamilies where 1,542 are printed."""
    made = tables.distribution(records_5m).drop("most_populated_name", "least_populated_name")
    published = printed("bioscan5m_tableA5")
    known = pl.col("attribute") != "subfamily"
    assert_as_printed(made.filter(known), published, "median", "std")
    assert_as_printed(made, published, "median", "std", "mean")


def test_the_spread_of_the_classes_is_as_printed():
    """Sizes that have the printed number, sum, extremes, median and deviation."""
    sizes = [5_038_818, 63_701, 41_223, 2_000, 370, 368, 200, 100, 50, 7]
    assert sum(sizes) == 5_146_837
    made = tables._distribution(
        pl.DataFrame({"class": np.repeat([f"class {n}" for n in range(10)], sizes)}), "class"
    )
    cells = printed("bioscan5m_tableA5").filter(attribute="class").row(0, named=True)
    for name in ("categories", "most_populated_size", "least_populated_size", "mean", "median"):
        assert made[name].item() == cells[name]
    assert made["std"].item() == cells["std"]
    assert statistics.stdev(sizes) > 1.589e6  # not that of a sample


def test_the_distribution_equals_an_independent_one():
    sizes = [13, 5, 5, 2, 1, 1]
    names = ["Fus", "Bus", "Aus", "Dus", "Cus", "Eus"]
    labels = [name for name, size in zip(names, sizes, strict=True) for _ in range(size)]
    made = tables._distribution(pl.DataFrame({"genus": [*labels, None]}), "genus")
    assert made.row(0) == (
        "genus",
        6,
        "Fus",
        13,
        "Cus",  # of two, the alphabetically first
        1,
        round(statistics.mean(sizes), 1),
        statistics.median(sizes),
        round(statistics.pstdev(sizes), 1),
    )


def test_the_distribution_of_nothing_is_empty():
    made = tables.distribution(pl.DataFrame(schema=SCHEMA).clear(2))
    assert made["categories"].to_list() == [0] * 9
    assert made["most_populated_name"].null_count() == made["mean"].null_count() == 9


def test_the_diversity_index_equals_an_independent_one():
    barcodes = {"Aus": "aaaaabbc", "Bus": "dd", "Cus": "efgh"}
    rows = [(genus, barcode) for genus, each in barcodes.items() for barcode in each]
    nothing = dict.fromkeys(RANKS, None)
    frame = pl.DataFrame(
        [*rows, (None, "z"), ("Aus", None)], schema=["genus", "dna_barcode"], orient="row"
    )
    made = tables.diversity(frame.with_columns(**{r: None for r in nothing if r != "genus"}))
    genus = made.row(RANKS.index("genus"), named=True)

    def shannon(text: str) -> float:
        shares = [text.count(letter) / len(text) for letter in set(text)]
        return -sum(share * math.log2(share) for share in shares)

    assert genus["avg_sdi"] == round(statistics.mean(map(shannon, barcodes.values())), 2)
    assert genus["unique_dna"] == 8
    assert made.row(0, named=True)["avg_sdi"] is None


def test_the_diversity_index_is_in_bits():
    """1,024 barcodes, all equally frequent, are 10 bits."""
    barcodes = pl.DataFrame({"phylum": ["Arthropoda"] * 4096, "dna_barcode": list(range(1024)) * 4})
    assert tables._barcode_diversity(barcodes, "phylum").row(0) == (1024, 10.0)


# BIOSCAN-5M: partitions


def numbered(groups: list[tuple[str, int]], overall: int) -> dict[str, range]:
    """Labels of each group, so many; each begins where the last ended, or ends with `overall`."""
    labels, end = {}, 0
    for group, count in groups:
        start = min(end, overall - count)
        labels[group] = range(start, start + count)
        end = max(end, start + count)
    assert end == overall
    return labels


def test_splits_are_as_printed():
    published = printed("bioscan5m_table3")
    parts, offset = [], 0
    for split in SPLITS:
        rows = published.filter(split=split)
        count = dict(rows.select("quantity", "value").iter_rows())
        numbers = np.arange(count["samples"])
        species = numbers % count["species"] if count["species"] else None
        parts.append(
            pl.DataFrame(
                {"dna_barcode": offset + numbers % count["barcodes"], "species": species},
                schema={"dna_barcode": pl.Int64, "species": pl.Int64},
                height=count["samples"],
            ).with_columns(split=pl.lit(split, pl.Categorical))
        )
        offset += count["barcodes"]
    made = tables.splits(pl.concat(parts))
    assert_as_printed(made, published)
    assert (
        made["purpose"].to_list()
        == published["purpose"]
        .unique(maintain_order=True)
        .gather([0, 1, 2, 3, 4, 2, 3, 5])
        .to_list()
    )
    assert made["samples"].sum() == ALL_5M


def test_barcodes_are_counted_as_written(tmp_path):
    """NAC is not AC: the printed barcodes of the splits add up to those of Table 2."""
    records = (
        pl.DataFrame(schema=SCHEMA)
        .clear(4)
        .with_columns(split=pl.lit("train"), dna_barcode=pl.Series(["AC", "NAC", "AC", None]))
    )
    records.write_parquet(tmp_path / "records.parquet")
    made = tables.splits(read_records(tmp_path / "records.parquet"))
    assert made.filter(split="train")["barcodes"].item() == 2
    assert made.filter(split="test").row(0)[3:] == (0, 0, 0)


@pytest.mark.parametrize(
    ("table", "group", "column_"),
    [
        ("bioscan5m_tableA9", "species_set", "species_set"),
        ("bioscan5m_tableA10", "partition", "split"),
    ],
)
def test_taxa_are_as_printed(table, group, column_):
    published = printed(table)
    parts = []
    for rank in RANKS:
        rows = published.filter(rank=rank)
        *groups, (_, overall) = rows.select(group, "n_categories").iter_rows()
        for name, labels in numbered(groups, overall).items():
            parts.append(
                pl.DataFrame({rank: list(labels)}, schema={rank: pl.Int64}).with_columns(
                    pl.lit(name).alias(column_)
                )
            )
    assert_as_printed(TABLES[table](pl.concat(parts, how="diagonal")), published)


def records_of(labels: dict[str, range], rank: str) -> pl.DataFrame:
    rows = [(split, f"label {n}") for split, numbers in labels.items() for n in numbers]
    return pl.DataFrame(rows, schema=["split", rank], orient="row")


def test_common_species_are_as_printed():
    labels = {
        "train": range(11_846),
        "val": range(3_378),
        "test": range(3_378 - 2_952, 3_378 - 2_952 + 3_483),
        "key_unseen": range(20_000, 20_914),
        "val_unseen": range(20_000, 20_903),
        "test_unseen": range(20_903 - 878, 20_903 - 878 + 880),
        "other_heldout": range(30_000, 39_862),
    }
    records = records_of(labels, "species")
    counts, percent = printed("bioscan5m_tableA11"), printed("bioscan5m_tableA12")
    assert_as_printed(TABLES["bioscan5m_tableA11"](records), counts)
    assert_as_printed(TABLES["bioscan5m_tableA12"](records), percent)  # pretrain: N/A


def test_common_genera_are_counted():
    labels = {"pretrain": range(0, 10), "train": range(5, 12), "test": range(5, 6)}
    made = TABLES["bioscan5m_tableA13"](records_of(labels, "genus"))
    counted = {row[0]: row[1:] for row in made.iter_rows()}
    assert counted["pretrain"] == (10, 5, 0, 1, 0, 0, 0, 0)
    assert counted["train"] == (5, 7, 0, 1, 0, 0, 0, 0)
    assert counted["val"] == (0,) * 8


def test_shares_of_common_genera_are_as_printed(monkeypatch):
    """From the printed counts; but for 33.2 where 519 of 1,566 are 33.1."""
    counts = printed("bioscan5m_tableA13").pivot("column", index="row", values="value")
    monkeypatch.setattr(tables, "count_overlaps", lambda *_: counts.drop("row").to_numpy())
    made = TABLES["bioscan5m_tableA14"](pl.DataFrame())
    published = printed("bioscan5m_tableA14")
    heldout = pl.col("partition") == "other_heldout"
    assert made.filter(heldout)["train"].item() == 33.1
    assert_as_printed(made.filter(~heldout), published)
    assert_as_printed(made, published, "train")


def examples_5m() -> pl.DataFrame:
    """The samples of the species that 5M Table A8 shows."""
    parts = printed("bioscan5m_tableA8").with_columns(
        split=pl.when(pl.col("species_set") == "heldout")
        .then(pl.lit("other_heldout"))
        .otherwise("split")
    )
    samples = parts.filter(pl.col("split").is_not_null())
    return samples.select(
        pl.col("species_set", "genus", "species", "split").repeat_by("value").explode()
    )


def test_example_species_are_as_printed():
    published = printed("bioscan5m_tableA8")
    made = tables.example_species(examples_5m())
    assert_as_printed(made, published)
    shown = published.select("species_set", "genus", "species").unique(maintain_order=True)
    assert_frame_equal(made.select("species_set", "genus", "species"), shown)


def test_other_species_are_shown_where_the_published_ones_are_not_known():
    """At ranks 1, 2, 4, 8, 16, 32, 64 of 64: here as many samples, and alphabetical order."""
    names = [f"Aus b{n:02d}" for n in range(64)]
    rows = [("seen", "Aus", name, "train") for n, name in enumerate(names) for _ in range(64 - n)]
    rows += [("heldout", "Bus", "Bus 1", "other_heldout"), ("unknown", "Aus", None, "pretrain")]
    frame = pl.DataFrame(rows, schema=["species_set", "genus", "species", "split"], orient="row")
    made = tables.example_species(frame.sample(fraction=1, shuffle=True, seed=0))
    assert made.filter(species_set="seen")["all"].to_list() == [64, 63, 61, 57, 49, 33, 1]
    assert made.filter(species_set="heldout").row(0) == (
        "heldout",
        "Bus",
        "Bus 1",
        1,
        None,
        None,
        None,
    )
    assert made.height == 8


# BIOSCAN-1M


def test_ranks_of_1m_are_as_printed():
    counts = {
        "phylum": (ALL_1M, 1),
        "class": (ALL_1M, 1),
        "order": (ALL_1M, 16),
        "family": (1_112_968, 491),
        "subfamily": (265_492, 760),
        "tribe": (60_477, 535),
        "genus": (254_096, 3_441),
        "species": (84_397, 8_355),
        "dna_bin": (ALL_1M, 90_918),
    }
    records = pl.DataFrame(
        {
            name: column(ALL_1M, labelled, categories, most=labelled - categories + 1)
            for name, (labelled, categories) in counts.items()
        }
    )
    assert_as_printed(tables.ranks_1m(records), printed("bioscan1m_table1", "BIOSCAN-1M"))


def test_datasets_of_1m_are_as_printed():
    """The order counts of the repository, seven tenths of each in train."""
    orders = pl.read_csv(FOLDER / "bioscan1m_orders.csv").drop_nulls("n_images")
    parts = [
        pl.DataFrame({"order": [order] * images}).with_columns(
            large_insect_order=pl.when(pl.int_range(pl.len()) < round(0.7 * images))
            .then(pl.lit("train"))
            .otherwise(pl.lit("test"))
        )
        for order, images in orders.select("order", "n_images").iter_rows()
    ]
    unsplit = pl.DataFrame({"order": ["Zoraptera"] * 5})
    records = pl.concat([*parts, unsplit], how="diagonal").with_columns(
        dna_bin=column(ALL_1M, ALL_1M, 90_918, 12_491),
        family=pl.Series(np.arange(ALL_1M) % 40),
        large_diptera_family=pl.when(pl.int_range(pl.len()) < 891_338).then(pl.lit("train")),
    )
    made = tables.datasets_1m(records)
    beside = beside_published(made, printed("bioscan1m_table2", "BIOSCAN-1M"))
    assert (beside["images"] // 1000 * 1000).to_list() == beside["images" + BESIDE].to_list()
    assert beside["categories"].to_list() == beside["categories" + BESIDE].to_list()
    assert beside["imbalance_beta"][:2].to_list() == [12_491.00, 156_856.75]


def test_experiments_are_as_printed():
    published = printed("bioscan1m_table3")
    values = published.pivot("quantity", index=["task", "size"], values="value")
    splits = {}
    for cells in values.iter_rows(named=True):
        counts = [cells[split] for split in EXPERIMENT_SPLITS]
        labels = np.repeat(EXPERIMENT_SPLITS, counts)
        rest = pl.repeat(None, ALL_1M - labels.size, dtype=pl.String, eager=True)
        splits[f"{cells['size']}_{cells['task']}"] = pl.concat([pl.Series(labels), rest])
    assert splits.keys() == set(EXPERIMENTS)
    numbers = pl.Series(np.arange(ALL_1M))
    made = tables.experiments(
        pl.DataFrame({**splits, "order": numbers % 16, "family": numbers % 40})
    )
    assert_as_printed(made, published)
    assert made.select("size", "task").row(0) == ("large", "insect_order")


# Numbers


def test_columns_are_measured():
    numbers = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, None]
    known = numbers[:-1]
    made = tables.columns(pl.DataFrame(dict.fromkeys(tables.NUMBERS, numbers)))
    lower, upper = np.quantile(known, [0.25, 0.75])
    assert made.row(2) == (
        "image_measurement_value",
        8,
        1,
        round(statistics.mean(known), 4),
        round(statistics.pstdev(known), 4),
        1.0,
        lower,
        statistics.median(known),
        upper,
        9.0,
    )


# All


def test_labels_become_categories_and_all_tables_are_made_of_them(tmp_path):
    labels = {name: "a" for name, kind in SCHEMA.items() if kind == pl.String()}
    rows = [
        {**labels, "class": "Insecta", "split": split, "species_set": "seen"} for split in SPLITS
    ]
    plain = pl.DataFrame(rows, schema={**SCHEMA, "species_set": pl.String})
    plain.write_parquet(tmp_path / "records.parquet")
    records = read_records(tmp_path / "records.parquet")
    assert records["species"].dtype == pl.Categorical
    assert records["dna_barcode"].dtype.is_integer()
    for name, make in TABLES.items():
        table = make(records)
        assert table.height, name
        assert_frame_equal(table, make(plain))


def test_records_without_any_label_have_tables_too():
    empty = pl.DataFrame(schema={**SCHEMA, "species_set": pl.String}).clear(3)
    for name, make in TABLES.items():
        assert make(empty).width, name
