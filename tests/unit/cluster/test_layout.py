"""Which embeddings a run clusters."""

from typing import Any

import pytest

from bioscan.cluster.layout import Layout
from bioscan.core.errors import InputError
from tests.unit.configs import example, layout

ENCODERS = {
    "resnet": {"timm": "test_resnet"},
    "vit": {"timm": "test_vit"},
    "counts": {"dna": "kmer_counts", "k": 4},
    "dnabert2": {"dna": "dnabert2", "weights": "dnabert-2"},
}
FOLDER = "results/example/small5m"


def cluster(*spaces: dict[str, Any], **settings: Any) -> Layout:
    return layout(example(encoders=ENCODERS, cluster={"spaces": list(spaces), **settings})).cluster


def block(**changes: Any) -> dict[str, Any]:
    return {"datasets": ["small5m"], **changes}


def test_a_block_has_each_encoder_and_each_pair():
    found = cluster(block(images=["resnet"], dna=["counts"], poolings=["masked", "released"]))
    assert found.names == [
        "resnet",
        "counts",
        "counts_released",
        "resnet+counts",
        "resnet+counts_released",
    ]
    modalities = [found.modality("small5m", name) for name in found.names]
    assert modalities == ["image", "dna", "dna", "both", "both"]
    assert cluster(block(images=["resnet"], dna=["counts"], pairs=False)).names == [
        "resnet",
        "counts",
    ]
    assert found.encoders("small5m")["resnet+counts"] == ("resnet", "counts")


def test_two_blocks_may_give_a_space_other_methods():
    found = cluster(
        block(images=["resnet", "vit"], methods=[]), block(images=["vit"], methods=["hdbscan"])
    )
    assert found.methods("small5m", "resnet") == ()
    assert found.methods("small5m", "vit") == ("hdbscan",)
    # The published method alone needs neither validation samples nor keys.
    for name in ("resnet", "vit"):
        assert found.validation("small5m", name) == found.keys("small5m", name) == []


def test_splits_of_5m_are_clustered_together_and_others_whole():
    found = cluster(block(datasets=["small5m", "mine"], images=["resnet"], dna=["counts"]))
    embeddings = f"{FOLDER}/embeddings"
    assert found.clustered("small5m", "resnet+counts") == [
        f"{embeddings}/resnet/test.npy",
        f"{embeddings}/resnet/test_unseen.npy",
        f"{embeddings}/counts/test.npy",
        f"{embeddings}/counts/test_unseen.npy",
    ]
    assert found.validation("small5m", "resnet") == [
        f"{embeddings}/resnet/val.npy",
        f"{embeddings}/resnet/val_unseen.npy",
    ]
    assert found.keys("small5m", "counts") == [f"{embeddings}/counts/train.npy"]
    assert found.clustered("mine", "resnet") == ["results/example/mine/embeddings/resnet/all.npy"]
    assert found.validation("mine", "resnet") == found.keys("mine", "resnet") == []


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
    assert found.products() == found.targets() == found.reads() == found.names == []
    assert found.settings("seed") == {}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"datasets": ["lost"]}, "cluster.spaces.datasets is 'lost', expected one of small1m"),
        ({"images": ["counts"]}, "cluster.spaces.images is 'counts', expected one of resnet, vit"),
        ({"dna": ["vit"]}, "cluster.spaces.dna is 'vit', expected one of counts, dnabert2"),
        ({}, "cluster.spaces has a block without encoders, expected names in 'images', 'dna' or"),
    ],
)
def test_an_unknown_name_is_one_clear_line(changes: dict[str, Any], said: str):
    with pytest.raises(InputError) as error:
        cluster(block(**changes))
    assert str(error.value).startswith(f"config: {said}")


def test_a_package_that_a_dataset_does_not_have_is_one_clear_line():
    with pytest.raises(InputError) as error:
        layout(
            example(
                encoders=ENCODERS,
                embed={"package": "cropped"},
                cluster={"spaces": [block(images=["resnet"])]},
            )
        )
    assert str(error.value).startswith("config: embed.package is 'cropped', expected one of")


def test_maps_and_galleries_are_of_each_modality_and_never_of_pairs():
    found = cluster(block(images=["resnet", "vit"], dna=["counts"]))
    assert found.modalities("small5m") == ["image", "dna"]
    products = found.products()
    for modality in ("image", "dna"):
        assert f"{FOLDER}/figures/cluster_map_{modality}.png" in products
        for page in ("explorer", "gallery"):
            assert f"{FOLDER}/report/cluster_{page}_{modality}.html" in products
    assert not [path for path in products if "both" in path]
    shown = found.shown("small5m", "image")
    assert shown["points"] == [f"{FOLDER}/cluster/{name}/points.npy" for name in ("resnet", "vit")]
    assert found.spaces_of("small5m", "image") == ["resnet", "vit"]
    assert shown["scores"] == f"{FOLDER}/cluster/scores.parquet"


def test_figures_draw_the_scores_of_the_splits_together():
    assert cluster(block(dna=["counts"])).published("small5m") == {
        "missing": "class",
        "split": "test+test_unseen",
    }


def test_crops_are_those_that_are_embedded():
    (index,) = cluster(block(images=["resnet"])).crops("small5m")
    assert index.startswith(f"{FOLDER}/packs/")
