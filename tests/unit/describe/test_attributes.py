"""Tables of attributes: every printed cell, from records fabricated with the printed counts.

A column that the papers describe by its labelled records, categories, largest and smallest category
is fabricated to have exactly these.
"""

import math
import statistics

import numpy as np
import polars as pl
import pytest

from bioscan.core.records import RANKS, SCHEMA
from bioscan.core.sizes import SIZES_MM
from bioscan.describe import attributes
from bioscan.describe.counts import MEASURED_COLUMNS
from tests.unit.describe.printed import (
    ALL_1M,
    ALL_5M,
    BESIDE,
    assert_as_printed,
    beside_printed,
    column,
    printed,
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


def test_ranks_are_as_printed(records_5m):
    assert_as_printed(attributes.ranks(records_5m), "bioscan5m_table2")


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
        # Of 5M Table 2.
        "dna_barcode": (ALL_1M, 552_629),
    }
    records = pl.DataFrame(
        {
            name: column(ALL_1M, labelled, categories, most=labelled - categories + 1)
            for name, (labelled, categories) in counts.items()
        }
    )
    *rows, barcodes = attributes.ranks_1m(records).iter_slices(1)
    assert_as_printed(pl.concat(rows), "bioscan1m_table1")
    assert barcodes.row(0) == ("dna_barcode", 552_629, ALL_1M, 100.0)


def test_diversity_counts_are_as_printed(records_5m):
    """The slides cut off counts that they print in thousands."""
    made = attributes.diversity(records_5m.with_columns(dna_barcode=pl.lit(0)))
    beside = beside_printed(made, "bioscan5m_slides_sdi")
    for name in made.columns[1:-2]:
        for here, there in beside.select(name, name + BESIDE).iter_rows():
            assert here == there or here // 1000 * 1000 == there, name


def test_places_are_as_printed():
    place = column(ALL_5M, 5_149_019, 1_650, 520_792)
    made = attributes.geography(
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
    located = attributes.geography(
        pl.DataFrame({**nothing, "coord-lat": place, "coord-lon": place})
    )
    assert_as_printed(made[:4].vstack(located[4:]), "bioscan5m_tableA4")


def test_a_location_needs_both_coordinates():
    places = {"coord-lat": [1.0, 1.0, 1.0, None], "coord-lon": [5.0, 5.0, 6.0, 5.0]}
    nothing = dict.fromkeys(["country", "province_state"], None)
    made = attributes.geography(pl.DataFrame({**nothing, **places})).row(4, named=True)
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
    assert_as_printed(attributes.insecta(records), "bioscan5m_tableA6")


def test_a_rank_without_labels_has_no_imbalance():
    nothing = pl.DataFrame(schema=SCHEMA).clear(3)
    first = attributes.ranks(nothing).row(0, named=True)
    assert first == {
        "attribute": "phylum",
        "imbalance_ratio": None,
        "categories": 0,
        "labelled": 0,
        "labelled_percent": 0.0,
    }


def test_without_insects_there_is_no_percentage():
    made = attributes.insecta(pl.DataFrame(schema=SCHEMA).clear(3))
    assert made["labelled_percent"].null_count() == made.height


# Distribution


def test_the_distribution_is_as_printed(records_5m):
    """Except 953.7, the mean of 1,544 subfamilies where 1,542 are printed."""
    made = attributes.distribution(records_5m).drop("most_populated_name", "least_populated_name")
    known = pl.col("attribute") != "subfamily"
    assert_as_printed(made.filter(known), "bioscan5m_tableA5", "median", "std")
    assert_as_printed(made, "bioscan5m_tableA5", "median", "std", "mean")


def test_the_standard_deviation_of_the_classes_is_as_printed():
    """Sizes with the printed number, sum, extremes, median and standard deviation."""
    sizes = [5_038_818, 63_701, 41_223, 2_000, 370, 368, 200, 100, 50, 7]
    assert sum(sizes) == 5_146_837
    made = attributes._distribution(
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
    made = attributes._distribution(pl.DataFrame({"genus": [*labels, None]}), "genus")
    assert made.row(0) == (
        "genus",
        6,
        "Fus",
        13,
        "Cus",  # the alphabetically first of two
        1,
        round(statistics.mean(sizes), 1),
        statistics.median(sizes),
        round(statistics.pstdev(sizes), 1),
    )


def test_the_distribution_without_labels_is_empty():
    made = attributes.distribution(pl.DataFrame(schema=SCHEMA).clear(2))
    assert made["categories"].to_list() == [0] * 9
    assert made["most_populated_name"].null_count() == made["mean"].null_count() == 9


def test_numeric_columns_are_described():
    numbers = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, None]
    known = numbers[:-1]
    made = attributes.columns(pl.DataFrame(dict.fromkeys(MEASURED_COLUMNS, numbers)))
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


def test_sizes_in_mm_are_described_where_they_are_known():
    numbers = {name: [1.0, 2.0] for name in (*MEASURED_COLUMNS, *SIZES_MM)}
    made = attributes.columns(pl.DataFrame(numbers))
    assert made["attribute"].to_list()[-2:] == ["box_length_mm", "area_mm2"]
    made = attributes.columns(pl.DataFrame(numbers).drop(SIZES_MM))
    assert made["attribute"].to_list() == list(MEASURED_COLUMNS)


# Diversity


def test_the_diversity_index_equals_an_independent_one():
    barcodes = {"Aus": "aaaaabbc", "Bus": "dd", "Cus": "efgh"}
    rows = [(genus, barcode) for genus, each in barcodes.items() for barcode in each]
    nothing = dict.fromkeys(RANKS, None)
    frame = pl.DataFrame(
        [*rows, (None, "z"), ("Aus", None)], schema=["genus", "dna_barcode"], orient="row"
    )
    made = attributes.diversity(frame.with_columns(**{r: None for r in nothing if r != "genus"}))
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
    assert attributes._barcode_diversity(barcodes, "phylum").row(0) == (1024, 10.0)
