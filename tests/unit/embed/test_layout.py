"""Which embeddings a run has."""

from typing import Any

import pytest

from bioscan.core.errors import InputError
from bioscan.embed.layout import Layout
from tests.unit.configs import example, layout

ENCODERS = {
    "resnet": {"timm": "test_resnet"},
    "vit": {"timm": "test_vit"},
    "8-4-4": {"dna": "barcodebert", "pretrain": {"k": 8, "layers": 4, "heads": 4}},
    "dnabert2": {"dna": "dnabert2", "weights": "dnabert-2"},
}


def embed(*samples: dict[str, Any], **settings: Any) -> Layout:
    """The layout of the example with these encoders and blocks of embeddings."""
    return layout(example(encoders=ENCODERS, embed={"samples": list(samples), **settings})).embed


def block(*encoders: str, **changes: Any) -> dict[str, Any]:
    return {"datasets": ["small5m"], "encoders": [*encoders], **changes}


def test_embeddings_are_files_per_encoder_pooling_and_split():
    found = embed(block("resnet", "8-4-4", poolings=["masked", "released"]))
    folder = "results/example/small5m/embeddings"
    assert found.files("small5m", "npy") == [
        f"{folder}/resnet/test.npy",
        f"{folder}/resnet/test_unseen.npy",
        f"{folder}/8-4-4/test.npy",
        f"{folder}/8-4-4/test_unseen.npy",
        f"{folder}/8-4-4_released/test.npy",
        f"{folder}/8-4-4_released/test_unseen.npy",
    ]
    table = "results/example/small5m/report/embeddings.html"
    assert found.products() == [table]
    assert set(found.targets()) == {
        table,
        *(path for suffix in ("npy", "parquet", "json") for path in found.files("small5m", suffix)),
    }


def test_a_run_without_blocks_makes_no_embeddings_for_themselves():
    assert embed().products() == embed().targets() == embed().reads() == []


def test_images_are_those_of_a_package_and_barcodes_need_none():
    found = embed(package="original_256")
    assert found.index("small5m", "resnet") == [
        "results/example/small5m/packs/original_256/index.parquet"
    ]
    for name in ("8-4-4", "8-4-4_released"):
        assert found.index("small5m", name) == []


def test_an_encoder_is_pretrained_on_the_dataset_or_published():
    found = embed(block("dnabert2"))
    folder = "results/example/small5m/barcode/pretrained/8-4-4"
    for name in ("8-4-4", "8-4-4_released"):
        assert found.weights("small5m", name) == [
            f"{folder}/model.safetensors",
            f"{folder}/config.json",
        ]
    published = found.weights("small5m", "dnabert2")
    assert published[0] == "results/example/weights/dnabert-2/model.safetensors"
    assert set(found.reads()) == set(published)
    assert found.weights("small5m", "resnet") == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"datasets": ["lost"]},
            "embed.samples.datasets is 'lost', expected one of small1m, small5m",
        ),
        ({"encoders": ["lost"]}, "embed.samples.encoders is 'lost', expected one of resnet, vit"),
        (
            {"splits": ["tests"]},
            "embed.samples[0].splits[0] is 'tests', expected one of all, labelled",
        ),
    ],
)
def test_an_unknown_name_is_one_clear_line(changes: dict[str, Any], said: str):
    with pytest.raises(InputError) as error:
        embed(block("resnet") | changes)
    assert str(error.value).startswith(f"config: {said}")


def test_a_package_that_a_dataset_does_not_have_is_one_clear_line():
    with pytest.raises(InputError) as error:
        embed(block("resnet"), package="cropped")
    assert str(error.value) == (
        "config: embed.package is 'cropped', expected one of original_256, cropped_256"
    )
    assert embed(block("8-4-4"), package="cropped").grid  # takes no images


def test_two_encoders_have_no_folder_in_common():
    encoders = {**ENCODERS, "8-4-4_released": {"timm": "test_resnet"}}
    with pytest.raises(InputError) as error:
        layout(example(encoders=encoders))
    assert str(error.value) == (
        "config: encoders.8-4-4_released has the name of the embeddings of '8-4-4' with pooling "
        "'released'; expected another name"
    )
