"""Adapters of the attention change nothing else."""

import pytest
import timm
import torch
from torch import nn
from transformers import BertModel

from bioscan.core.errors import InputError
from bioscan.encoders.barcodebert import bert_config
from bioscan.encoders.lora import SplitQkv, add_lora, merge_lora

IMAGES = torch.randn(2, 3, 160, 160, generator=torch.Generator().manual_seed(0))
TOKENS = torch.arange(12).reshape(2, 6)


def vit() -> nn.Module:
    torch.manual_seed(0)
    return timm.create_model("test_vit", num_classes=0).eval()


def bert() -> nn.Module:
    torch.manual_seed(0)
    return BertModel(bert_config(3, 2, 2, 16), add_pooling_layer=False).eval()


def output(model: nn.Module) -> torch.Tensor:
    with torch.no_grad():
        if isinstance(model, BertModel):
            return model(TOKENS).last_hidden_state
        return model(IMAGES)


def train(model: nn.Module) -> None:
    """A step with a large rate, by which all changes that can."""
    optimizer = torch.optim.SGD([w for w in model.parameters() if w.requires_grad], lr=0.5)
    for _ in range(2):  # the first factor has no gradient until the second one is not zero
        optimizer.zero_grad()
        result = model(TOKENS).last_hidden_state if isinstance(model, BertModel) else model(IMAGES)
        (result * torch.linspace(-1, 1, result.shape[-1])).sum().backward()
        optimizer.step()


@pytest.mark.parametrize("bias", [True, False])
def test_split_projections_are_the_fused_one(bias: bool):
    fused = nn.Linear(6, 12, bias=bias)
    tokens = torch.randn(3, 6)
    split = SplitQkv(fused)
    torch.testing.assert_close(split(tokens), fused(tokens))
    again = split.fused().state_dict()
    assert all(torch.equal(again[name], weight) for name, weight in fused.state_dict().items())


@pytest.mark.parametrize("make", [vit, bert])
def test_a_model_is_unchanged_by_new_adapters(make):
    model = make()
    before = output(model)
    add_lora(model, 2, ["query", "value"], "x")
    torch.testing.assert_close(output(model), before, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("make", [vit, bert])
def test_nothing_but_the_adapters_of_queries_and_values_is_trained(make):
    model = make()
    add_lora(model, 2, ["query", "value"], "x")
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    train(model)
    changed = {n for n, weight in model.state_dict().items() if not torch.equal(before[n], weight)}
    adapters = {name for name in before if "lora_" in name}
    assert changed == adapters
    assert {name.split(".lora_")[0].rsplit(".", 1)[-1] for name in adapters} <= {
        *("q", "v"),
        *("query", "value"),
    }
    layers = 6 if make is vit else 2
    assert len(adapters) == layers * 2 * 2


@pytest.mark.parametrize("make", [vit, bert])
def test_merged_adapters_give_the_trained_model_under_its_own_names(make):
    plain, model = make(), make()
    add_lora(model, 2, ["query", "value"], "x")
    train(model)
    trained = output(model.eval())
    assert not torch.allclose(trained, output(plain), atol=1e-2)
    merge_lora(model)
    torch.testing.assert_close(output(model), trained, rtol=1e-3, atol=1e-4)
    merged, names = model.state_dict(), plain.state_dict()
    assert merged.keys() == names.keys()
    changed = {name for name in names if not torch.equal(merged[name], names[name])}
    assert all("qkv.weight" in name or "query.weight" in name or "value.weight" in name
               for name in changed)  # fmt: skip
    plain.load_state_dict(merged)


def test_keys_stay_as_they_are_in_a_fused_projection():
    plain, model = vit(), vit()
    add_lora(model, 2, ["query", "value"], "x")
    train(model)
    merge_lora(model)
    for block, before in zip(model.blocks, plain.blocks, strict=True):
        (q, k, v), (old_q, old_k, old_v) = (one.attn.qkv.weight.chunk(3) for one in (block, before))
        assert torch.equal(k, old_k)
        assert not torch.equal(q, old_q)
        assert not torch.equal(v, old_v)


def test_a_model_without_attention_is_refused():
    with pytest.raises(InputError, match=r"'lite0' has no attention .* expected a transformer"):
        add_lora(timm.create_model("test_resnet", num_classes=0), 2, ["query"], "lite0")


def test_a_model_without_adapters_stays_as_it_is():
    model = vit()
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    merge_lora(model)
    assert all(torch.equal(weight, before[name]) for name, weight in model.state_dict().items())
