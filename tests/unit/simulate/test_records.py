"""Simulated records: the canonical columns, the truth, and the labels with their noise."""

import hashlib
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioscan.core.records import RANKS, SCHEMA
from bioscan.simulate import noise
from bioscan.simulate.community import Community
from bioscan.simulate.population import PIXELS
from bioscan.simulate.records import TRUTH_COLUMNS
from tests.unit.simulate.communities import DEMO, noisy, table


def test_frames_have_the_canonical_columns_and_the_truth(clean, insects):
    expected = dict(SCHEMA) | dict.fromkeys(TRUTH_COLUMNS, pl.String())
    expected["photographed"] = pl.Boolean()
    assert dict(clean.schema) == expected and dict(insects.schema) == expected
    assert list(clean.columns) == list(expected)


def test_without_noise_labels_are_the_truth_cut_at_the_annotated_rank(clean):
    depth = clean["true_label_rank"].replace_strict(list(RANKS), list(range(len(RANKS))))
    for index, rank in enumerate(RANKS):
        expected = clean.select(
            pl.when(depth.cast(pl.Int64) >= index).then(pl.col(f"true_{rank}"))
        ).to_series()
        assert clean[rank].equals(expected.alias(rank), null_equal=True), rank
    assert clean["noise"].is_null().all()
    assert clean["taxon"].null_count() == 0


@pytest.mark.parametrize("kind", ["shallower", "conflict", *noise.WRITING])
def test_every_kind_of_noise_occurs_and_is_recorded(clean, kind):
    dirty = table(noisy(**{kind: 0.3}), "bioscan5m")
    hit = dirty["noise"] == kind
    assert dirty["noise"].drop_nulls().unique().to_list() == [kind]
    labels = [*RANKS, "taxon"]
    untouched = ~hit.fill_null(False)
    assert dirty.filter(untouched).select(labels).equals(clean.filter(untouched).select(labels))
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.Series(clean[name])) for name in RANKS)
    assert dirty.filter(hit).height == dirty.select(differs).to_series().sum()
    truth = ["processid", "dna_barcode", *(name for name in TRUTH_COLUMNS if name != "noise")]
    assert dirty.select(truth).equals(clean.select(truth))


def test_half_of_the_copies_stop_at_a_shallower_rank(clean):
    dirty = table(noisy(shallower=0.5), "bioscan5m")
    depth = clean["true_label_rank"].is_in(["subfamily", "genus", "species"])
    sizes = clean.select(pl.len().over("dna_barcode")).to_series()
    # A barcode with n records has n - 1 that may be cut.
    able = ((sizes - 1) / sizes).filter(depth).sum()
    assert (dirty["noise"] == "shallower").sum() / able == pytest.approx(0.5, abs=0.04)
    best = dirty.filter(depth).group_by("dna_barcode").agg(pl.col("noise").is_null().any())
    assert best["noise"].all()  # some record keeps the labels, for the others to be inferred from


def test_conflicting_labels_are_a_minority_of_their_barcode():
    dirty = table(noisy(conflict=1.0), "bioscan5m")
    conflicts = dirty.group_by("dna_barcode").agg(
        (pl.col("noise") == "conflict").sum().alias("wrong"), pl.len()
    )
    assert (conflicts["wrong"] * 2 < conflicts["len"]).all()
    wrong = dirty.filter(noise="conflict")
    assert (wrong["species"] != wrong["true_species"]).all()
    assert (wrong["order"] == wrong["true_order"]).all()


def test_kinds_of_noise_add_up():
    dirty = table(noisy(**dict.fromkeys(noise.KINDS, 0.5)), "bioscan5m")
    assert dirty["noise"].str.contains(",").any()
    assert set(",".join(dirty["noise"].drop_nulls()).split(",")) == set(noise.KINDS)


def test_chunks_are_digits_of_the_md5_of_the_processid(clean):
    for row in clean.head(300).iter_rows(named=True):
        digits = {"pretrain": 2, "train": 1, "other_heldout": 1}.get(row["split"], 0)
        expected = hashlib.md5(row["processid"].encode()).hexdigest()[:digits] or None
        assert row["chunk"] == expected


def test_barcodes_have_the_expected_lengths(published_shape):
    lengths = published_shape["dna_barcode"].str.len_chars()
    assert (lengths == 658).mean() > 0.98 and (lengths > 660).any() and lengths.min() == 658
    assert published_shape["dna_barcode"].str.contains("^[ACGTNRY]+$").all()
    assert published_shape["dna_barcode"].str.starts_with("N").mean() == pytest.approx(
        0.05, abs=0.02
    )


def test_pixel_counts_are_whole_and_seldom_missing(published_shape):
    value = published_shape["image_measurement_value"]
    assert value.is_null().mean() < 0.01
    assert (value.drop_nulls() == value.drop_nulls().round()).all()
    assert value.median() == pytest.approx(PIXELS, rel=0.3)


@given(st.integers(1, 6_000))
@settings(max_examples=5)
def test_as_many_records_have_a_photograph_as_are_asked_for(clean, photographs):
    some = table(replace(DEMO, photographs=photographs), "bioscan5m")
    assert some["photographed"].sum() == photographs
    # Nothing but the pixels of the photograph is lost with it.
    of_photograph = ("photographed", "image_measurement_value")
    assert some.drop(of_photograph).equals(clean.drop(of_photograph))
    pixels = pl.when(some["photographed"]).then(clean["image_measurement_value"])
    assert some["image_measurement_value"].equals(some.select(pixels).to_series())


def test_every_record_has_a_photograph_by_default(clean, insects):
    assert clean["photographed"].all() and insects["photographed"].all()


def test_photographs_are_drawn_from_every_split_and_archive_alike():
    some = table(replace(DEMO, photographs=2_000), "bioscan5m")
    for share in some.group_by("split").agg(pl.col("photographed").mean(), pl.len()).iter_rows():
        split, photographed, records = share
        assert photographed == pytest.approx(1 / 3, abs=2 / records**0.5), split
    halves = some["photographed"].head(3_000).mean(), some["photographed"].tail(3_000).mean()
    assert halves == pytest.approx((1 / 3, 1 / 3), abs=0.03)


def test_1m_has_parts_and_no_places():
    community = Community(specimens=700, seed=0, insects_only=True, part_size=300)
    frame = table(community, "bioscan1m")
    assert frame["image_part"].to_list() == [1] * 300 + [2] * 300 + [3] * 100
    assert (frame["image_file"] == frame["sampleid"] + ".jpg").all()
    assert frame["country"].is_null().all() and frame["split"].is_null().all()
    assert set(frame["class"]) == {"Insecta"}


def test_tribes_are_known_from_the_genus_down(insects):
    assert insects["tribe"].count() > 0
    assert (
        insects.filter(pl.col("true_label_rank").is_in(["family", "subfamily"]))["tribe"]
        .is_null()
        .all()
    )


@given(st.integers(40, 400), st.sampled_from(["bioscan1m", "bioscan5m"]))
@settings(max_examples=10)
def test_the_size_of_the_frames_changes_nothing(rows, format):
    community = Community(specimens=400, seed=3, labelled={"species": 0.5})
    assert table(community, format, rows_per_frame=rows).equals(table(community, format))
