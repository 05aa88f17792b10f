"""Published aligned models, written as their code does: adapters beside the frozen weights."""

import math

import pytest
import torch
from torch import nn

from bioscan.core.errors import InputError
from bioscan.encoders.clibd import load_clibd
from bioscan.encoders.dna_encoder import to_tensors
from tests.unit.encoders.published import BARCODES
from tests.unit.encoders.small_towers import RELEASED, images, towers

RANK = 2


class FusedAdapter(nn.Module):
    """A fused projection with adapters of queries and values."""

    def __init__(self, qkv: nn.Linear) -> None:
        super().__init__()
        self.qkv, width = qkv, qkv.in_features
        for part in "qv":
            setattr(self, f"linear_a_{part}", nn.Linear(width, RANK, bias=False))
            setattr(self, f"linear_b_{part}", nn.Linear(RANK, width, bias=False))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        q, v = q + self.linear_b_q(self.linear_a_q(x)), v + self.linear_b_v(self.linear_a_v(x))
        return torch.cat([q, k, v], dim=-1)


class Adapter(nn.Module):
    """A projection with an adapter."""

    def __init__(self, w: nn.Linear) -> None:
        super().__init__()
        self.w = w
        self.w_a = nn.Linear(w.in_features, RANK, bias=False)
        self.w_b = nn.Linear(RANK, w.out_features, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.w(x) + self.w_b(self.w_a(x))


def adapted(made: dict) -> dict:
    """The same towers with adapters that are not zero."""
    torch.manual_seed(3)
    for block in made["image"].encoder.backbone.blocks:
        block.attn.qkv = FusedAdapter(block.attn.qkv)
    for modality in ("dna", "text"):
        for layer in made[modality].encoder.bert.encoder.layer:
            attention = layer.attention.self
            attention.query, attention.value = Adapter(attention.query), Adapter(attention.value)
    return made


def checkpoint(made: dict, prefixes: tuple[str, str, str]) -> dict[str, torch.Tensor]:
    """Their weights under the published names."""
    image, dna, text = prefixes
    state = {"logit_scale": torch.tensor(math.log(1 / 0.07))}
    for name, weight in made["image"].state_dict().items():
        state[f"image_encoder.{image}.{name.removeprefix('encoder.backbone.')}"] = weight
    for name, weight in made["dna"].state_dict().items():
        name = name.replace("encoder.bert.", "bert.", 1).replace("head.", "cls.predictions.", 1)
        state[f"dna_encoder.{dna}.{name}"] = weight
    state[f"dna_encoder.{dna}.cls.predictions.bias"] = torch.zeros(3)
    for name, weight in made["text"].state_dict().items():
        if name.startswith("head."):
            state[f"language_encoder.{name.replace('head', 'proj')}"] = weight
        else:
            state[f"language_encoder.{text}.{name.removeprefix('encoder.bert.')}"] = weight
    state[f"language_encoder.{text}.pooler.dense.weight"] = torch.zeros(3)
    return state


PREFIXES = {
    "first": ("lora_vit", "lora_barcode_bert", "lora_bert"),
    "later": ("base_image_encoder", "base_dna_encoder", "base_language_encoder"),
}


@pytest.mark.parametrize("names", PREFIXES)
def test_a_published_model_gives_its_own_vectors(tmp_path, names: str):
    published, fresh = adapted(towers(RELEASED)), towers(RELEASED)
    state = checkpoint(published, PREFIXES[names])
    torch.save({f"module.{name}": weight for name, weight in state.items()}, tmp_path / "best.pth")
    temperature = load_clibd(fresh, tmp_path / "best.pth")
    assert temperature == pytest.approx(0.07)
    inputs = {
        "image": (images(2),),
        "dna": to_tensors(fresh["dna"].tokenize(BARCODES)),
        "text": to_tensors(fresh["text"].tokenize(["Diptera Sciaridae"])),
    }
    with torch.inference_mode():
        for modality, given in inputs.items():
            expected = published[modality].features(*given)
            plain = towers(RELEASED)[modality].features(*given)
            assert not torch.allclose(expected, plain, rtol=1e-3, atol=1e-5)
            torch.testing.assert_close(
                fresh[modality].features(*given), expected, rtol=1e-3, atol=1e-5
            )


def test_a_model_without_adapters_is_read_too(tmp_path):
    published = towers(RELEASED)
    state = checkpoint(published, PREFIXES["later"])
    del state["logit_scale"]
    torch.save(state, tmp_path / "best.pth")
    torch.manual_seed(9)
    fresh = towers(RELEASED)
    assert load_clibd(fresh, tmp_path / "best.pth") is None
    for modality, tower in published.items():
        found = fresh[modality].state_dict()
        assert all(torch.equal(found[n], weight) for n, weight in tower.state_dict().items())


def test_a_checkpoint_with_other_encoders_is_refused(tmp_path):
    torch.save(checkpoint(towers(RELEASED), PREFIXES["first"]), tmp_path / "best.pth")
    fresh = towers(RELEASED)
    del fresh["text"]
    with pytest.raises(
        InputError, match=r"encoders of dna, image, text, and the config .* dna, im"
    ):
        load_clibd(fresh, tmp_path / "best.pth")


def test_a_checkpoint_of_other_sizes_is_refused(tmp_path):
    state = checkpoint(towers(RELEASED), PREFIXES["first"])
    state["image_encoder.lora_vit.head.weight"] = torch.zeros(5, 64)
    torch.save(state, tmp_path / "best.pth")
    with pytest.raises(InputError, match=r"the image encoder .*head.weight is \(5, 64\), expected"):
        load_clibd(towers(RELEASED), tmp_path / "best.pth")


def test_an_adapter_without_its_other_half_is_refused(tmp_path):
    state = checkpoint(adapted(towers(RELEASED)), PREFIXES["first"])
    lost = next(name for name in state if name.endswith("linear_b_v.weight"))
    del state[lost]
    torch.save(state, tmp_path / "best.pth")
    with pytest.raises(InputError, match=r"adapter blocks.0.attn.qkv.linear_a_v.weight has no pl"):
        load_clibd(towers(RELEASED), tmp_path / "best.pth")
