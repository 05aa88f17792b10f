"""The jobs of the stage, one after the other, on invented embeddings."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score

from bioscan.cluster.known import Nearest, nearest_keys
from scripts.cluster.cluster_barcodes import cluster_barcodes
from scripts.cluster.cluster_samples import cluster_samples
from scripts.cluster.reduce_embeddings import reduce_embeddings
from scripts.cluster.score_clusters import score_clusters
from scripts.cluster.tabulate_clusters import tabulate_clusters
from tests.unit.cluster.clouds import embedded, labelled
from tests.unit.mitochondria import Barcodes

#: Seen species 0 to 4, unseen 5 to 8, each with members in the splits that have it.
SEEN, UNSEEN, MEMBERS = range(5), range(5, 9), 8
SPLITS = {"test": SEEN, "test_unseen": UNSEEN, "val": SEEN, "val_unseen": UNSEEN, "train": SEEN}
METHODS = ("hdbscan", "ward_cut", "distance", "known")
VALIDATION, KEYS = ("val", "val_unseen"), ("train",)
STANDARDISE = {"standardise": "zscore", "statistics": "joint"}


@dataclass(frozen=True)
class Made:
    folder: Path
    scores: pl.DataFrame

    def read(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.folder / f"{name}.parquet")


def make(
    folder: Path,
    splits: tuple[str, ...],
    labels: bool,
    modality: str = "dna",
    identical: str = "each",
) -> Made:
    """Run the jobs on a space; without labels, on records that have none at all."""
    random, drawn = np.random.default_rng(0), Barcodes(codons=100)
    centres = random.normal(size=(9, 6)) * 10
    barcodes = drawn.family(9, MEMBERS * 2, apart=0.1, within=0.006)
    columns: dict[str, list[str | None]] = {
        name: [] for name in ("processid", "split", "genus", "species", "dna_bin", "dna_barcode")
    }
    paths = {}
    for split, species in SPLITS.items():
        names = [f"{split}{kind}.{member}" for kind in species for member in range(MEMBERS)]
        vectors = np.vstack(
            [centres[kind] + random.normal(size=(MEMBERS, 6)) * 0.2 for kind in species]
        )
        # The last two of each species are the same.
        rows = [n - (n % MEMBERS == MEMBERS - 1) for n in range(len(names))]
        used = sorted(set(rows))
        path = folder / "counts" / f"{split}.npy"
        paths[split] = embedded(path, vectors[used], names, [used.index(row) for row in rows])
        columns["processid"] += names
        columns["split"] += [split] * len(names)
        for kind in species:
            texts = [*barcodes[kind][: MEMBERS - 1], barcodes[kind][MEMBERS - 2]]
            columns["dna_barcode"] += texts
            columns["genus"] += [f"G{kind // 2}" if labels else None] * MEMBERS
            columns["species"] += [f"G{kind // 2} s{kind}" if labels else None] * MEMBERS
            columns["dna_bin"] += [f"BOLD:{kind}" if labels else None] * MEMBERS
    records = folder / "partitioned.parquet"
    labelled(columns).with_columns(dna_barcode=pl.Series(columns["dna_barcode"])).write_parquet(
        records
    )
    of = folder / "counts+space"
    of.mkdir()
    whole = "val" in splits
    clustered = [paths[split] for split in ("test", "test_unseen")]
    validation = [paths[split] for split in ("val", "val_unseen")] if whole else []
    reduced = {
        "specimens": of / "specimens.parquet",
        "reduced": of / "reduced.npy",
        "points": of / "points.npy",
        "representatives": of / "one_per_barcode.npy",
        "validation": of / "validation.parquet",
        "validation_reduced": of / "validation.npy",
    }
    reduce_embeddings(
        records, clustered, validation, whole, VALIDATION, identical, **STANDARDISE,
        dimensions=4, neighbours=6, seed=0, outputs=reduced,
    )  # fmt: skip
    cluster_barcodes(records, ["test", "test_unseen"], of / "barcodes.parquet")
    cluster_samples(
        {"records": records, **reduced},
        {"clustered": clustered, "validation": validation, "keys": [paths["train"]] * whole},
        {"validation": VALIDATION, "keys": KEYS},
        of / "barcodes.parquet",
        METHODS,
        **STANDARDISE,
        min_cluster_size=4,
        outputs={
            "clusters": of / "clusters.parquet",
            "representatives": of / "one_per_barcode.parquet",
            "named": of / "named.parquet",
            "criteria": of / "criteria.json",
        },
    )
    score_clusters(
        of / "specimens.parquet",
        of / "clusters.parquet",
        of / "one_per_barcode.parquet",
        "counts+space",
        modality,
        ["test", "test_unseen"],
        KEYS,
        of / "scores.parquet",
    )
    outputs = {
        "scores": of / "all_scores.parquet",
        "text": of / "scores.csv",
        "table": of / "table.csv",
        "published": of / "a16.csv",
        "names": of / "names.csv",
    }
    tabulate_clusters(
        records,
        [of / "scores.parquet"],
        [{name: of / f"{name}.parquet" for name in ("specimens", "clusters", "named")}],
        ["test", "test_unseen"],
        KEYS,
        {"counts+space": (None, "counts")},
        "class",
        outputs,
    )
    return Made(of, pl.read_parquet(outputs["scores"]))


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("known"), tuple(SPLITS), labels=True)


def test_each_method_finds_the_species(known: Made):
    clusters = known.read("clusters")
    assert clusters.columns == [
        "processid", "ward", "ward_cut", "hdbscan", "distance_2", "distance_3", "known",
    ]  # fmt: skip
    assert clusters.height == 72
    assert set(clusters.dtypes[1:]) == {pl.Int32()}
    found = known.scores.filter(
        pl.col("rank") == "species",
        pl.col("missing") == "class",
        pl.col("split") == "test+test_unseen",
        pl.col("noise").is_null() | (pl.col("noise") == "singletons"),
    )
    assert set(found["method"]) == {*clusters.columns[1:], "bins"}
    # Groups are far from each other, though UMAP may split one.
    assert (found["ami"] > 70).all()
    assert found.filter(pl.col("method") == "bins")["ami"][0] == pytest.approx(100)
    assert found.filter(pl.col("method") == "ward")["clusters"].to_list() == [9, 9]


def test_all_samples_are_reduced_and_those_of_each_barcode_on_their_own(known: Made):
    specimens = known.read("specimens")
    assert specimens["row"].n_unique() == 63
    reduced = np.load(known.folder / "reduced.npy")
    assert reduced.shape == (72, 4)
    # Identical samples have places of their own.
    assert len(np.unique(reduced, axis=0)) == 72
    kept = specimens["representative"].to_numpy()
    alone = np.load(known.folder / "one_per_barcode.npy")
    assert alone.shape == (63, 4)
    assert not np.allclose(alone, reduced[kept], atol=0.1)
    assert len(np.load(known.folder / "validation.npy")) == 72
    # Drawn is each distinct embedding.
    assert np.load(known.folder / "points.npy").shape == (63, 2)


@pytest.mark.parametrize(
    ("points", "clusters", "kept"),
    [("reduced.npy", "clusters", 72), ("one_per_barcode.npy", "one_per_barcode", 63)],
)
def test_the_published_method_is_ward_with_as_many_clusters_as_species(
    known: Made, points: str, clusters: str, kept: int
):
    found = known.read(clusters)["ward"]
    model = AgglomerativeClustering(9, metric="euclidean", linkage="ward")
    expected = model.fit_predict(np.load(known.folder / points).astype(np.float64))
    assert len(found) == kept
    assert adjusted_rand_score(found.to_numpy(), expected) == 1


def test_identical_samples_taken_once_are_in_one_cluster_of_every_method(tmp_path: Path):
    made = make(tmp_path, tuple(SPLITS), labels=True, identical="once")
    specimens = made.read("specimens")
    both = made.read("clusters").with_columns(specimens["row"])
    counts = both.group_by("row").agg(pl.exclude("processid", "row").n_unique())
    assert (counts.drop("row").max_horizontal() == 1).all()
    reduced = np.load(made.folder / "reduced.npy")
    assert len(reduced) == 72
    assert len(np.unique(reduced, axis=0)) == 63
    # One sample per barcode is what UMAP has seen already.
    kept = specimens["representative"].to_numpy()
    assert (np.load(made.folder / "one_per_barcode.npy") == reduced[kept]).all()
    count = made.scores.filter(pl.col("method") == "ward", pl.col("rank") == "species")
    assert set(count["clusters"]) >= {9}


def test_clusters_have_the_names_of_keys_or_of_their_genus(known: Made):
    named = known.read("named")
    species = named.filter(pl.col("status") == "species")
    assert set(species["name"]) == {f"G{kind // 2} s{kind}" for kind in SEEN}
    assert species["seen"].sum() == len(SEEN) * MEMBERS
    others = named.filter(pl.col("status") != "species")
    assert others["seen"].sum() == 0
    assert others["samples"].sum() == len(UNSEEN) * MEMBERS
    assert named["cluster"].to_list() == list(range(named.height))


def test_names_are_counted_as_right_and_wrong(known: Made):
    found = pl.read_csv(known.folder / "names.csv")
    assert found.select("space", "modality", "split", "truth", "samples").rows() == [
        ("counts+space", "dna", "test", "seen species", 40),
        # The fifth species has a sister of its genus among the keys, the others have none.
        ("counts+space", "dna", "test_unseen", "unseen species of a seen genus", 8),
        ("counts+space", "dna", "test_unseen", "unseen genus", 24),
    ]
    assert found["right"][0] == 100
    assert found["species_wrong"].to_list() == [0, 0, 0]
    named = known.read("named").filter(pl.col("status") == "new")["samples"].sum()
    assert found["new"].sum() == named


def test_clustered_keys_are_left_out_of_the_scores_of_the_names_that_they_give(
    known: Made, tmp_path: Path
):
    specimens = known.read("specimens").with_columns(
        split=pl.when(pl.col("split") == "test").then(pl.lit("train")).otherwise("split")
    )
    specimens.write_parquet(tmp_path / "specimens.parquet")
    score_clusters(
        tmp_path / "specimens.parquet",
        known.folder / "clusters.parquet",
        known.folder / "one_per_barcode.parquet",
        "counts",
        "dna",
        ["all"],
        KEYS,
        tmp_path / "scores.parquet",
    )
    scores = pl.read_parquet(tmp_path / "scores.parquet").filter(variant="all samples")
    counts = {
        method: dict(part.select("split", "samples").unique().iter_rows())
        for (method,), part in scores.group_by("method")
    }
    assert counts["ward"] == {"all": 72, "all but train": 32, "test_unseen": 32}
    assert counts["known"] == {"all but train": 32, "test_unseen": 32}


def test_a_pair_is_scaled_by_all_samples_that_are_clustered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    random = np.random.default_rng(0)
    values = {split: random.normal(n, 1 + n, size=(8, 4)) for n, split in enumerate(SPLITS)}
    paths = {
        (side, split): embedded(
            tmp_path / side / f"{split}.npy", part[:, place], [f"{split}{n}" for n in range(8)]
        )
        for split, part in values.items()
        for side, place in (("image", slice(2)), ("dna", slice(2, 4)))
    }
    names = [f"{split}{n}" for split in SPLITS for n in range(8)]
    columns = {"processid": names, "split": [split for split in SPLITS for _ in range(8)]}
    columns |= {"species": ["Aa aa", "Aa bb"] * 20, "genus": ["Aa"] * 40}
    records = tmp_path / "partitioned.parquet"
    labelled(columns).write_parquet(records)
    files = {
        kind: [paths[side, split] for side in ("image", "dna") for split in splits]
        for kind, splits in {
            "clustered": ("test", "test_unseen"), "validation": VALIDATION, "keys": KEYS
        }.items()
    }  # fmt: skip
    monkeypatch.setattr("scripts.cluster.reduce_embeddings.reduce", lambda matrix, *_, **__: matrix)
    searched = []

    def search(queries: np.ndarray, keys: np.ndarray, labels: pl.DataFrame) -> Nearest:
        searched.append((queries, keys))
        return nearest_keys(queries, keys, labels)

    monkeypatch.setattr("scripts.cluster.cluster_samples.nearest_keys", search)
    names = ("specimens", "reduced", "points", "representatives", "validation")
    outputs = {name: tmp_path / name for name in (*names, "validation_reduced")}
    made = ("clusters", "representatives", "named", "criteria")

    def run(statistics: str) -> list[np.ndarray]:
        scaling = {"standardise": "zscore", "statistics": statistics}
        reduce_embeddings(
            records, files["clustered"], files["validation"], True, VALIDATION, "each", **scaling,
            dimensions=2, neighbours=2, seed=0, outputs=outputs,
        )  # fmt: skip
        cluster_samples(
            {"records": records, **outputs},
            files,
            {"validation": VALIDATION, "keys": KEYS},
            None,
            ["known"],
            **scaling,
            min_cluster_size=2,
            outputs={name: tmp_path / f"made_{name}" for name in made},
        )
        (others, keys), (queries, same) = searched
        assert (keys == same).all()
        searched.clear()
        found = [np.load(outputs[name]) for name in ("reduced", "validation_reduced")]
        assert np.array_equal(found[0], queries)
        assert np.array_equal(found[1], others)
        return [queries, others, keys]

    groups = (("test", "test_unseen"), VALIDATION, KEYS)
    of_all = np.vstack([values[split] for split in groups[0]])
    for found, splits in zip(run("joint"), groups, strict=True):
        expected = np.vstack([values[split] for split in splits])
        assert np.allclose(found, (expected - of_all.mean(axis=0)) / of_all.std(axis=0), atol=1e-5)
    for found, splits in zip(run("per_split"), groups, strict=True):
        expected = [(values[s] - values[s].mean(axis=0)) / values[s].std(axis=0) for s in splits]
        assert np.allclose(found, np.vstack(expected), atol=1e-5)


def test_unseen_species_are_scored_on_their_own(known: Made):
    unseen = known.scores.filter(pl.col("split") == "test_unseen")
    assert set(unseen["samples"]) == {len(UNSEEN) * MEMBERS}
    assert "known" in set(unseen["method"])


def test_one_sample_per_barcode_is_a_variant(known: Made):
    found = known.scores.filter(pl.col("variant") == "one per barcode")
    assert set(found["method"]) == {"ward"}
    assert set(found["samples"]) == {63}
    table = pl.read_csv(known.folder / "a16.csv")
    assert table.select("modality", "dna_encoder", "level").rows() == [("dna", "counts", "species")]


def test_a_second_run_gives_the_same_labels(known: Made, tmp_path: Path):
    again = make(tmp_path, tuple(SPLITS), labels=True)
    assert again.read("clusters").equals(known.read("clusters"))
    assert (np.load(again.folder / "points.npy") == np.load(known.folder / "points.npy")).all()


def test_without_labels_there_are_clusters_and_one_clear_line_each(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    made = make(tmp_path, ("test", "test_unseen"), labels=False, modality="image")
    assert made.read("clusters").columns[1:] == ["ward_cut", "hdbscan", "distance_2", "distance_3"]
    assert made.read("named").is_empty()
    assert made.scores.is_empty()
    assert caplog.messages == [
        "counts+space: no specimen has a species, so none gives the number of clusters",
        "no specimen has a label, so no clusters are scored",
    ]
