"""The encoders of a config."""

import pytest

from bioscan.core.encoders import Encoders, aligned_encoders, aligned_name, embedding_name
from bioscan.core.errors import InputError
from tests.unit.configs import change, example, fault, layout


def encoders(**given) -> Encoders:
    """The example's, with these."""
    return layout(example(encoders={**example()["encoders"], **given})).run.encoders


@pytest.fixture
def trained(tmp_path) -> str:
    """The folder of a classifier of one's own, in timm's format."""
    (tmp_path / "config.json").write_text('{"architecture": "test_vit", "num_classes": 3}')
    (tmp_path / "model.safetensors").write_bytes(b"")
    return str(tmp_path)


def test_encoders_are_of_images_or_of_dna():
    found = encoders(**{"8-4-4": {"dna": "barcodebert"}})
    assert (found.of("image"), found.of("dna")) == (["resnet", "vit"], ["8-4-4"])


def test_the_encoders_of_an_aligned_model_are_named_after_it():
    models = {
        "m": {"training": "t", "encoders": {"image": "vit", "text": "words"}, "seeds": [0, 3]}
    }
    found = aligned_encoders({"training": {"t": {"dataset": "d"}}, "models": models})
    names = [aligned_name("m", seed, kind) for seed in (0, 3) for kind in ("image", "text")]
    assert (
        list(found) == names == ["m_seed0_image", "m_seed0_text", "m_seed3_image", "m_seed3_text"]
    )
    assert found["m_seed3_text"] == {
        "aligned": {"dataset": "d", "model": "m", "seed": 3, "modality": "text"}
    }
    together = Encoders({"vit": {"timm": "test_vit"}, **found}, lambda *_: [], frozenset())
    assert together.aligned == names
    assert together.modality("m_seed0_text") == "text"
    # They can be trained no further.
    assert together.of("image") == ["vit"]
    assert aligned_encoders({}) == {}


def test_an_encoder_that_is_pretrained_here_has_the_size_of_bert_base_and_the_papers_recipe():
    found = encoders(ours={"dna": "barcodebert", "pretrain": {"k": 8, "layers": 4, "heads": 4}})
    assert found.given["ours"] == {
        "dna": "barcodebert",
        "pretrain": {
            "k": 8,
            "layers": 4,
            "heads": 4,
            "hidden_size": 768,
            "recipe": "paper",
            "seed": 0,
        },
    }
    assert found.weights("ours") == []


def test_published_weights_are_downloads_and_own_ones_a_folder(trained):
    found = encoders(
        published={"timm": "resnet50", "weights": "resnet50"},
        own={"timm": "test_vit.r160_in1k", "weights": trained},
    )
    assert found.weights("published") == ["results/example/weights/resnet50/model.safetensors"]
    assert found.weights("own") == [f"{trained}/model.safetensors", f"{trained}/config.json"]
    assert found.weights("resnet") == []


def test_an_overlay_may_leave_an_encoder_out():
    config = change(example(), "encoders/lost", None)
    assert layout(config).run.encoders.of("image") == ["resnet", "vit"]


def test_a_classifier_of_another_architecture_is_one_clear_line(trained):
    config = change(example(), "encoders/resnet", {"timm": "test_resnet", "weights": trained})
    with pytest.raises(InputError) as error:
        layout(config)
    assert str(error.value) == (
        f"config: encoders.resnet.weights is '{trained}', whose config.json is of test_vit, and "
        "encoders.resnet.timm is 'test_resnet'"
    )


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            "weights",
            "lost",
            "encoders.vit.weights is 'lost', which is neither in config/catalogue.yaml nor a "
            "folder with a config.json",
        ),
        (
            "weights",
            "bioscan1m-crop-tool",
            "encoders.vit.weights is 'bioscan1m-crop-tool', which has no model.safetensors",
        ),
        (
            "weights",
            "config/detectors/rt_detr_wells",
            "encoders.vit.weights is 'config/detectors/rt_detr_wells', whose config.json is a "
            "model of transformers; expected one of timm",
        ),
        (
            "dna",
            "cnn",
            "encoders.vit is {timm: test_vit, dna: cnn}, expected the key timm, the key dna or "
            "the key text",
        ),
        (
            "pretrain",
            {},
            "encoders.vit: unknown key 'pretrain', expected one of timm, options, weights, "
            "projection, preprocessing",
        ),
    ],
)
def test_a_mistake_is_one_clear_line(path, value, message):
    assert fault(f"encoders/vit/{path}", value) == f"config: {message}"


def test_an_encoder_is_of_one_kind():
    assert fault("encoders/vit", {"weights": "resnet50"}) == (
        "config: encoders.vit is {weights: resnet50}, expected the key timm, the key dna or "
        "the key text"
    )
    assert fault("encoders/vit", {"dna": "lstm"}) == (
        "config: encoders.vit.dna is 'lstm', expected one of barcodebert, dnabert2, "
        "nucleotide_transformer, hyenadna, cnn, kmer_counts"
    )


def test_embeddings_are_named_after_the_encoder_and_another_pooling():
    assert embedding_name("8-4-4") == embedding_name("8-4-4", "masked") == "8-4-4"
    assert embedding_name("8-4-4", "released") == "8-4-4_released"
