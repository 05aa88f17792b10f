"""Which embeddings a run clusters."""

from typing import Any

import pytest

from bioscan.cluster.spaces import Spaces
from bioscan.core.errors import InputError
from tests.unit.cluster.configs import ENCODERS, block
from tests.unit.configs import example, layout

FOLDER = "results/example/small5m"


def cluster(*spaces: dict[str, Any], **settings: Any) -> Spaces:
    config = example(encoders=ENCODERS, cluster={"spaces": list(spaces), **settings})
    return layout(config).cluster.spaces


def test_a_block_has_each_encoder_and_each_pair():
    found = cluster(block(images=["resnet"], dna=["counts"], poolings=["masked", "released"]))
    assert found.names == [
        "resnet",
        "counts",
        "counts_released",
        "resnet+counts",
        "resnet+counts_released",
    ]
    modalities = [found.of("small5m")[name].modality for name in found.names]
    assert modalities == ["image", "dna", "dna", "both", "both"]
    assert cluster(block(images=["resnet"], dna=["counts"], pairs=False)).names == [
        "resnet",
        "counts",
    ]
    pair = found.of("small5m")["resnet+counts"]
    assert (pair.image, pair.dna) == ("resnet", "counts")


def test_two_blocks_may_give_a_space_other_methods():
    found = cluster(
        block(images=["resnet", "vit"], methods=[]), block(images=["vit"], methods=["hdbscan"])
    )
    assert found.of("small5m")["resnet"].methods == ()
    assert found.of("small5m")["vit"].methods == ("hdbscan",)
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
    # Those of a folder are among all its records.
    whole = ["results/example/mine/embeddings/resnet/all.npy"]
    assert found.validation("mine", "resnet") == found.keys("mine", "resnet") == whole


def test_a_dataset_of_1m_has_no_species_that_are_known_and_others_that_are_not():
    found = cluster(block(datasets=["small1m"], images=["resnet"]))
    assert found.clustered("small1m", "resnet") == [
        "results/example/small1m/embeddings/resnet/all.npy"
    ]
    assert found.validation("small1m", "resnet") == found.keys("small1m", "resnet") == []


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
