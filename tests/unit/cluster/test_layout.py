"""What a run clusters, and the files that this makes."""

from typing import Any

from bioscan.cluster.layout import Layout
from tests.unit.cluster.configs import ENCODERS, block
from tests.unit.configs import example, layout

FOLDER = "results/example/small5m"


def cluster(*spaces: dict[str, Any], **settings: Any) -> Layout:
    return layout(example(encoders=ENCODERS, cluster={"spaces": list(spaces), **settings})).cluster


def test_barcodes_are_grouped_by_distance_for_spaces_of_dna():
    found = cluster(block(images=["resnet"], dna=["counts"]))
    assert found.barcodes("small5m", "counts") == [f"{FOLDER}/cluster/barcodes.parquet"]
    assert found.barcodes("small5m", "resnet") == []


def test_products_are_those_of_clustered_datasets():
    found = cluster(block(datasets=["mine"], images=["resnet"]))
    assert all("/mine/" in path for path in found.products())
    assert not any("tableA16" in path for path in found.products())
    assert f"{FOLDER}/report/bioscan5m_tableA16.html" in cluster(block(dna=["counts"])).products()
    targets = cluster(block(dna=["counts"])).targets()
    assert f"{FOLDER}/cluster/counts/clusters.parquet" in targets


def test_published_weights_are_read():
    found = cluster(block(dna=["dnabert2"], images=["resnet"]))
    assert any("weights/dnabert-2/" in path for path in found.reads())


def test_without_the_key_there_is_nothing():
    found = layout(example()).cluster
    assert found.products() == found.targets() == found.reads() == found.spaces.names == []
    assert found.settings("seed") == {}


def test_maps_and_galleries_are_of_each_modality_and_never_of_pairs():
    found = cluster(block(images=["resnet", "vit"], dna=["counts"]))
    assert found.spaces.modalities("small5m") == ["image", "dna"]
    products = found.products()
    for modality in ("image", "dna"):
        assert f"{FOLDER}/figures/cluster_map_{modality}.png" in products
        for page in ("explorer", "gallery"):
            assert f"{FOLDER}/report/cluster_{page}_{modality}.html" in products
    assert not [path for path in products if "both" in path]
    shown = found.shown("small5m", "image")
    assert shown["points"] == [f"{FOLDER}/cluster/{name}/points.npy" for name in ("resnet", "vit")]
    assert found.spaces.of_modality("small5m", "image") == ["resnet", "vit"]
    assert shown["scores"] == f"{FOLDER}/cluster/scores.parquet"


def test_figures_draw_the_scores_of_the_splits_together():
    assert cluster(block(dna=["counts"])).published("small5m") == {
        "missing": "class",
        "split": "test+test_unseen",
    }


def test_crops_are_those_that_are_embedded():
    (index,) = cluster(block(images=["resnet"])).crops("small5m")
    assert index.startswith(f"{FOLDER}/packs/")
