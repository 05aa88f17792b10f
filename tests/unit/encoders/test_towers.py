"""Towers into one space."""

import json

import pytest
import torch
from safetensors.torch import save_file
from transformers import BertForMaskedLM

from bioscan.core.errors import InputError
from bioscan.encoders.barcodebert import bert_config
from bioscan.encoders.dna_encoder import embed, to_tensors
from bioscan.encoders.image import Backbone
from bioscan.encoders.image_encoder import build_image_encoder
from bioscan.encoders.kmers import CLIBD
from bioscan.encoders.towers import build_tower, rebuild_tower
from tests.unit.encoders.published import BARCODES
from tests.unit.encoders.small_towers import ENCODERS, MEAN, RELEASED, images, towers

TEXTS = ["Diptera Sciaridae", "Diptera"]


def vectors(tower, modality: str) -> torch.Tensor:
    with torch.inference_mode():
        if modality == "image":
            return tower(images(3))
        return tower(*to_tensors(tower.tokenize(BARCODES if modality == "dna" else TEXTS)))


@pytest.mark.parametrize("settings", [MEAN, RELEASED], ids=["mean", "released"])
@pytest.mark.parametrize("modality", ENCODERS)
def test_all_modalities_become_unit_vectors_of_one_space(settings, modality: str):
    found = vectors(towers(settings)[modality], modality)
    assert found.shape[1] == 8
    torch.testing.assert_close(found.norm(dim=1), torch.ones(len(found)))


@pytest.mark.parametrize("settings", [MEAN, RELEASED], ids=["mean", "released"])
@pytest.mark.parametrize("modality", ENCODERS)
def test_a_tower_is_rebuilt_from_its_description(settings, modality: str):
    tower = towers(settings)[modality]
    description = json.loads(json.dumps(tower.description))
    again = rebuild_tower(modality, description, 8).eval()
    again.load_state_dict(tower.state_dict())
    assert json.loads(json.dumps(again.description)) == description
    assert torch.equal(vectors(again, modality), vectors(tower, modality))


def test_the_features_of_images_are_those_of_the_encoder_itself():
    tower = towers()["image"]
    plain = build_image_encoder(Backbone(**ENCODERS["image"]), None).model
    tower.encoder.backbone.load_state_dict(plain.backbone.state_dict())
    with torch.inference_mode():
        torch.testing.assert_close(tower.encoder(images(2)), plain(images(2)))
    assert tower.preprocessing.mean == (0.5, 0.5, 0.5)  # as timm has it for this model
    assert towers(RELEASED)["image"].preprocessing.mean == (0.0, 0.0, 0.0)


def test_the_mean_of_a_barcode_is_that_of_its_own_tokens():
    tower = towers()["dna"]
    with torch.inference_mode():
        expected = tower.head(embed(tower.encoder, tower.encoder.tokenize(BARCODES)))
        found = tower.features(*to_tensors(tower.tokenize(BARCODES)))
    torch.testing.assert_close(found, expected)


def test_the_released_feature_is_the_mean_of_a_softmax_over_all_positions():
    tower = towers(RELEASED)["dna"]
    tokens = to_tensors(tower.tokenize(BARCODES))
    assert tokens.attention.all()
    with torch.inference_mode():
        hidden = tower.encoder.bert(tokens.ids).last_hidden_state
        outputs = tower.head["decoder"](tower.head["transform"](hidden)).softmax(-1).mean(1)
        torch.testing.assert_close(tower.features(*tokens), outputs)
    torch.testing.assert_close(outputs.sum(1), torch.ones(len(outputs)))


def test_the_layers_below_the_released_head_are_those_of_the_language_model_and_stay(tmp_path):
    torch.manual_seed(1)
    model = BertForMaskedLM(bert_config(3, 1, 2, 128, CLIBD))
    torch.save(model.state_dict(), tmp_path / "model_41.pth")
    given = {"dna": "barcodebert", "weights": "x"}
    tower = build_tower("dna", "x", given, [tmp_path / "model_41.pth"], RELEASED)
    wanted = model.cls.predictions.transform.state_dict()
    found = tower.head["transform"].state_dict()
    assert all(torch.equal(found[name], weight) for name, weight in wanted.items())
    trained = {name for name, weight in tower.head.named_parameters() if weight.requires_grad}
    assert trained == {"decoder.weight", "decoder.bias"}


def test_weights_without_these_layers_leave_them_random(tmp_path):
    state = {
        name: weight.clone()
        for name, weight in BertForMaskedLM(bert_config(3, 1, 2, 128)).state_dict().items()
        if name.startswith("bert.")
    }
    save_file(state, tmp_path / "model.safetensors")
    given = {"dna": "barcodebert", "weights": "x"}
    tower = build_tower("dna", "x", given, [tmp_path / "model.safetensors"], RELEASED)
    assert vectors(tower.eval(), "dna").isfinite().all()


def test_another_kind_of_encoder_of_dna_is_refused():
    with pytest.raises(InputError, match="'CNN' has dna: cnn, which cannot be aligned"):
        build_tower("dna", "CNN", {"dna": "cnn"}, [], MEAN)


def test_images_of_another_size_than_the_encoders_are_refused():
    given = {"timm": "test_vit", "options": {"img_size": 64, "dynamic_img_size": False}}
    with pytest.raises(
        InputError, match="crop_size is 48, and the encoder 'vit' takes images of 64"
    ):
        build_tower("image", "vit", given, [], MEAN)


def test_a_frozen_encoder_stays_without_dropout():
    tower = towers()["dna"]
    tower.encoder.requires_grad_(False)
    tower.train()
    assert tower.training
    assert not tower.encoder.training
    tower.encoder.requires_grad_(True)
    assert tower.train().encoder.training
