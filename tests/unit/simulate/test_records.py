"""Simulated records: published formats with the published guarantees, and the truth beside."""

import hashlib
import re
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioscan.core.errors import InputError
from bioscan.core.records import BIOSCAN5M_SCHEMA, EXPERIMENTS, RANKS, SCHEMA
from bioscan.simulate import noise, records
from bioscan.simulate.records import Community, simulate

#: A demo: few orders, most species labelled.
DEMO = Community(
    specimens=6_000,
    seed=7,
    species=500,
    orders=6,
    evenness=0.4,
    labelled={"genus": 0.75, "species": 0.6},
    noise={},
)


def noisy(**rates: float) -> Community:
    return Community(
        specimens=DEMO.specimens,
        seed=DEMO.seed,
        species=DEMO.species,
        orders=DEMO.orders,
        evenness=DEMO.evenness,
        labelled=DEMO.labelled,
        noise=rates,
    )


def table(community: Community, format: records.Format, **options: int) -> pl.DataFrame:
    return pl.concat(simulate(community, format, **options))


@pytest.fixture(scope="module")
def clean() -> pl.DataFrame:
    return table(DEMO, "bioscan5m")


@pytest.fixture(scope="module")
def published() -> pl.DataFrame:
    """Twenty thousand records of the published shape."""
    return table(Community(specimens=20_000, seed=1), "bioscan5m")


@pytest.fixture(scope="module")
def insects() -> pl.DataFrame:
    return table(Community(20_000, seed=2, insects_only=True, noise={}), "bioscan1m")


def test_frames_have_the_canonical_columns_and_the_truth(clean, insects):
    expected = dict(SCHEMA) | dict.fromkeys(records.TRUTH_COLUMNS, pl.String())
    assert dict(clean.schema) == expected and dict(insects.schema) == expected
    assert list(clean.columns) == list(expected)


def test_identifiers_are_unique_and_in_the_styles_of_bold(clean):
    assert clean["processid"].n_unique() == clean["sampleid"].n_unique() == len(clean)
    assert clean["processid"].str.contains(r"^[A-Z]{5}\d+-\d\d$").all()
    assert clean["sampleid"].str.contains(r"^BIOUG\d{5}-[A-H](0\d|1[0-2])$").all()
    assert not clean["sampleid"].str.ends_with("H12").any()  # the control
    assert clean["sampleid"][0].endswith("-A01") and clean["sampleid"][94].endswith("-H11")
    assert clean["sampleid"][95].endswith("-A01")


def test_a_plate_holds_the_catch_of_one_trap_and_species_lie_scattered(clean):
    plates = clean.group_by(pl.col("sampleid").str.head(10)).agg(
        pl.col("country", "province_state").n_unique(), pl.col("true_species").n_unique()
    )
    assert (plates["country"] == 1).all() and (plates["province_state"] == 1).all()
    assert plates["true_species"].median() > 30


def test_places_have_their_published_shares(published):
    assert (published["country"] == "Costa Rica").mean() == pytest.approx(0.62, abs=0.03)
    assert published["province_state"].is_null().mean() == pytest.approx(0.018, abs=0.01)
    assert published["coord-lat"].is_null().mean() < 0.002
    assert (published["coord-lat"].is_null() == published["coord-lon"].is_null()).all()
    assert published["coord-lat"].abs().max() < 90


def test_without_noise_labels_are_the_truth_cut_at_the_annotated_rank(clean):
    depth = clean["true_label_rank"].replace_strict(list(RANKS), list(range(len(RANKS))))
    for index, rank in enumerate(RANKS):
        expected = clean.select(
            pl.when(depth.cast(pl.Int64) >= index).then(pl.col(f"true_{rank}"))
        ).to_series()
        assert clean[rank].equals(expected.alias(rank), null_equal=True), rank
    assert clean["noise"].is_null().all()
    assert clean["taxon"].null_count() == 0


def test_records_of_a_barcode_are_of_one_species_annotated_to_one_depth(clean):
    barcodes = clean.group_by("dna_barcode").agg(
        pl.col("true_species", "true_label_rank", "split").n_unique(), pl.len()
    )
    assert (barcodes["true_species"] == 1).all() and (barcodes["true_label_rank"] == 1).all()
    assert (barcodes["split"] == 1).all()
    assert 1.6 < barcodes["len"].mean() < 2.6  # 5M §A4.4: around two


def test_labels_have_their_published_shares(published):
    reach = published["true_label_rank"].replace_strict(list(RANKS), list(range(len(RANKS))))
    reach = reach.cast(pl.Int64)
    assert (reach >= 3).mean() == pytest.approx(0.958, abs=0.02)
    assert (reach >= 5).mean() == pytest.approx(0.238, abs=0.03)
    assert (reach >= 6).mean() == pytest.approx(0.092, abs=0.02)
    assert published["dna_bin"].is_null().mean() == pytest.approx(0.0026, abs=0.002)
    assert published["true_species"].n_unique() == Community(20_000, 1).species_count
    assert (published["true_order"] == "Diptera").mean() == pytest.approx(0.77, abs=0.03)


def test_asked_for_species_labels_pull_the_ranks_above_along():
    shares = records.label_shares({"species": 0.6}, "bioscan5m")
    assert shares.tolist() == [0.999, 0.997, 0.958, 0.6, 0.6, 0.6]
    assert records.label_shares({"family": 0.97, "genus": 0.3}, "bioscan1m").tolist() == [
        *(1.0, 1.0, 0.97),
        *(0.3, 0.3, 0.075),
    ]


def test_published_counts_of_species_are_met():
    assert Community(5_150_850, 0).species_count == 324_411
    assert Community(1_128_313, 0).species_count == pytest.approx(91_918, abs=1)


@pytest.mark.parametrize("rank", ["shallower", "conflict", *noise.WRITING])
def test_every_kind_of_noise_occurs_and_is_told(clean, rank):
    dirty = table(noisy(**{rank: 0.3}), "bioscan5m")
    hit = dirty["noise"] == rank
    assert dirty["noise"].drop_nulls().unique().to_list() == [rank]
    labels = [*RANKS, "taxon"]
    untouched = ~hit.fill_null(False)
    assert dirty.filter(untouched).select(labels).equals(clean.filter(untouched).select(labels))
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.Series(clean[name])) for name in RANKS)
    assert dirty.filter(hit).height == dirty.select(differs).to_series().sum()
    truth = ["processid", "dna_barcode", *records.TRUTH_COLUMNS[:-1]]
    assert dirty.select(truth).equals(clean.select(truth))


def test_half_of_the_copies_stop_at_a_shallower_rank(clean):
    dirty = table(noisy(shallower=0.5), "bioscan5m")
    depth = clean["true_label_rank"].is_in(["subfamily", "genus", "species"])
    sizes = clean.select(pl.len().over("dna_barcode")).to_series()
    # Of n records of a barcode, n - 1 may be cut.
    able = ((sizes - 1) / sizes).filter(depth).sum()
    assert (dirty["noise"] == "shallower").sum() / able == pytest.approx(0.5, abs=0.04)
    best = dirty.filter(depth).group_by("dna_barcode").agg(pl.col("noise").is_null().any())
    assert best["noise"].all()  # some record keeps the labels, for the others to be inferred from


def test_those_in_conflict_are_a_minority_of_their_barcode():
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


def test_splits_keep_the_published_guarantees(clean):
    counts = (
        clean.filter(true_label_rank="species")
        .group_by("species")
        .agg(
            pl.len(),
            pl.col("split").unique(),
            pl.col("genus").first(),
            pl.col("true_family").first(),
        )
    )
    placeholder = pl.col("species").str.contains(r"^[a-z]|\.|\d|(?i)malaise")
    seen, others = counts.filter(~placeholder), counts.filter(placeholder)
    assert set(clean["split"]) == set(records.SPLITS)
    assert set(clean.filter(pl.col("true_label_rank") != "species")["split"]) == {"pretrain"}
    assert seen["split"].list.contains("train").all()
    assert set(seen["split"].explode()) == {"train", "val", "test"}
    unseen = others.filter(pl.col("genus").is_in(seen["genus"].implode()) & (pl.col("len") >= 8))
    assert unseen["split"].list.contains("key_unseen").all()
    assert set(unseen["split"].explode()) == {"key_unseen", "val_unseen", "test_unseen"}
    rest = others.join(unseen, on="species", how="anti")
    assert set(rest["split"].explode()) == {"other_heldout"}


def test_chunks_are_digits_of_the_md5_of_the_processid(clean):
    for row in clean.head(300).iter_rows(named=True):
        digits = {"pretrain": 2, "train": 1, "other_heldout": 1}.get(row["split"], 0)
        expected = hashlib.md5(row["processid"].encode()).hexdigest()[:digits] or None
        assert row["chunk"] == expected


def test_barcodes_have_the_expected_lengths(published):
    lengths = published["dna_barcode"].str.len_chars()
    assert (lengths == 658).mean() > 0.98 and (lengths > 660).any() and lengths.min() == 658
    assert published["dna_barcode"].str.contains("^[ACGTNRY]+$").all()
    assert published["dna_barcode"].str.starts_with("N").mean() == pytest.approx(0.05, abs=0.02)


def test_pixel_counts_are_whole_and_seldom_missing(published):
    value = published["image_measurement_value"]
    assert value.is_null().mean() < 0.01
    assert (value.drop_nulls() == value.drop_nulls().round()).all()
    assert value.median() == pytest.approx(records.PIXELS, rel=0.3)


def test_every_class_of_an_experiment_is_divided_70_10_20(insects):
    for name, classes in {"large_insect_order": "order", "large_diptera_family": "family"}.items():
        taking = insects.filter(pl.col(name).is_not_null())
        shares = taking.group_by(classes).agg(
            pl.len(), *((pl.col(name) == role).sum().alias(role) for role in ("train", "test"))
        )
        assert (shares["len"] >= 3).all()
        assert ((shares["train"] - 0.7 * shares["len"]).abs() <= 1.5).all()
        assert ((shares["test"] - 0.2 * shares["len"]).abs() <= 1).all()
    families = insects.filter(pl.col("large_diptera_family").is_not_null())
    assert set(families["order"]) == {"Diptera"} and families["family"].n_unique() == 40


def test_only_labelled_records_take_part_in_an_experiment():
    community = Community(4_000, seed=2, insects_only=True, noise={"shallower": 1.0})
    frame = table(community, "bioscan1m")
    assert frame.filter(pl.col("family").is_null() & pl.col("noise").is_not_null()).height > 10
    assert not frame.filter(pl.col("family").is_null())["large_diptera_family"].count()
    assert not frame.filter(pl.col("order").is_null())["large_insect_order"].count()


def test_smaller_experiments_are_flatter_parts_of_the_larger(insects):
    for task in ("insect_order", "diptera_family"):
        large, medium, small = (insects[f"{size}_{task}"] for size in ("large", "medium", "small"))
        assert (medium.drop_nulls() == large.filter(medium.is_not_null())).all()
        assert (small.drop_nulls() == medium.filter(small.is_not_null())).all()
    assert small.count() < medium.count() < large.count()
    medium = insects["medium_insect_order"]
    assert medium.count() / len(insects) == pytest.approx(200_000 / 1_128_308, abs=0.01)
    diptera = insects["order"] == "Diptera"
    assert diptera.filter(medium.is_not_null()).mean() < diptera.mean()


def test_levels_cut_tall_classes():
    assert records._level(np.array([2, 10, 100]), 20) == 9  # 2 + 9 + 9
    assert records._level(np.array([2, 10, 100]), 62) == 50
    assert records._level(np.array([5, 5]), 10) == 5


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
@settings(max_examples=10, deadline=None)
def test_the_size_of_the_frames_changes_nothing(rows, format):
    community = Community(specimens=400, seed=3, labelled={"species": 0.5})
    assert table(community, format, rows_per_frame=rows).equals(table(community, format))


def test_another_seed_is_another_community():
    first, second = (table(Community(300, seed), "bioscan5m") for seed in (0, 1))
    assert not set(first["dna_barcode"]) & set(second["dna_barcode"])
    assert first["true_species"].to_list() != second["true_species"].to_list()


def test_impossible_communities_are_refused():
    with pytest.raises(InputError, match="gossip"):
        Community(10, 0, noise={"gossip": 1.0})
    with pytest.raises(InputError, match="kingdom"):
        Community(10, 0, labelled={"kingdom": 1.0})
    with pytest.raises(InputError, match="5 specimens of 6 species"):
        Community(5, 0, species=6)


def test_the_1m_table_is_as_published(tmp_path: Path):
    community = Community(specimens=500, seed=4, insects_only=True)
    tsv, truth = tmp_path / "BIOSCAN_Insect_Dataset_metadata.tsv", tmp_path / "truth.parquet"
    records.write_bioscan1m(simulate(community, "bioscan1m", 200), tsv, truth)
    lines = tsv.read_text().splitlines()
    assert lines[0].split("\t") == [
        *("sampleid", "processid", "uri", "name", "phylum", "class", "order", "family"),
        *("subfamily", "tribe", "genus", "species", "subspecies", "nucraw", "image_file"),
        *("large_diptera_family", "medium_diptera_family", "small_diptera_family"),
        *("large_insect_order", "medium_insect_order", "small_insect_order"),
        *("chunk_number", "copyright_license", "copyright_holder", "copyright_institution"),
        *("copyright_contact", "photographer", "author"),
    ]
    assert len(lines) == 501 and all(line.count("\t") == 27 for line in lines)
    frame = table(community, "bioscan1m")
    raw = pl.read_csv(tsv, separator="\t", infer_schema=False)
    assert raw["species"].to_list() == frame["species"].fill_null("not_classified").to_list()
    assert set(raw["subspecies"]) == {"not_classified"}
    for name in EXPERIMENTS:
        assert raw[name].to_list() == frame[name].fill_null("no_split").to_list()
    assert raw["nucraw"].to_list() == frame["dna_barcode"].to_list()
    assert pl.read_parquet(truth).equals(
        frame.select("processid", *records.TRUTH_COLUMNS, "dna_barcode")
    )


def test_the_5m_archive_is_as_published(tmp_path: Path):
    archive, truth = tmp_path / "metadata.zip", tmp_path / "truth.parquet"
    records.write_bioscan5m(simulate(DEMO, "bioscan5m", 2_500), archive, truth)
    with zipfile.ZipFile(archive) as packed:
        (member,) = packed.infolist()
        text = packed.read(member)
    assert member.filename == ("bioscan5m/metadata/csv/BIOSCAN_5M_Insect_Dataset_metadata.csv")
    assert member.date_time == (1980, 1, 1, 0, 0, 0)
    raw = pl.read_csv(text, infer_schema=False)
    assert raw.columns == list(BIOSCAN5M_SCHEMA) and len(raw) == DEMO.specimens
    frame = table(DEMO, "bioscan5m")
    assert raw["chunk"].equals(frame["chunk"])  # "00" is text
    assert raw["inferred_ranks"].unique().to_list() == ["0"]
    assert re.fullmatch(r"\d+\.0", raw["image_measurement_value"].drop_nulls()[0])
    typed = pl.read_csv(text, schema_overrides=BIOSCAN5M_SCHEMA)
    assert typed.equals(frame.select(*BIOSCAN5M_SCHEMA))
    assert pq.ParquetFile(truth).num_row_groups == 3


def test_numbers_that_may_be_missing_are_written_as_pandas_does(tmp_path: Path):
    frame = (
        next(simulate(DEMO, "bioscan5m"))
        .head(2)
        .with_columns(pl.Series("index_bioscan_1M_insect", [150_502, None]))
    )
    records.write_bioscan5m([frame], tmp_path / "a.zip", tmp_path / "t.parquet")
    with zipfile.ZipFile(tmp_path / "a.zip") as packed:
        header, first, second = packed.read(records.BIOSCAN5M_MEMBER).decode().splitlines()
    index = header.split(",").index("index_bioscan_1M_insect")
    assert first.split(",")[index] == "150502.0" and second.split(",")[index] == ""


@pytest.mark.parametrize("format", ["bioscan1m", "bioscan5m"])
def test_equal_seeds_give_equal_bytes(tmp_path: Path, format: records.Format):
    write = {"bioscan1m": records.write_bioscan1m, "bioscan5m": records.write_bioscan5m}[format]
    for name, rows in (("a", 500), ("b", 500), ("c", 123)):
        frames = simulate(Community(1_000, 9), format, rows)
        write(frames, tmp_path / name, tmp_path / f"{name}.parquet")
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b and (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    assert c == a or format == "bioscan5m"  # deflate may see other block borders


def test_nothing_is_left_where_the_frames_fail(tmp_path: Path):
    def broken():
        yield next(simulate(DEMO, "bioscan5m"))
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        records.write_bioscan5m(broken(), tmp_path / "a.zip", tmp_path / "t.parquet")
    assert list(tmp_path.iterdir()) == []
