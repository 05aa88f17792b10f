"""Weights of image encoders in the formats in which they were published."""

from collections.abc import Callable
from pathlib import Path

import pytest
import timm
import torch
import torchvision
from safetensors.torch import save_file
from timm.models.vision_transformer import VisionTransformer
from torch import nn

from bioscan.core.errors import InputError
from bioscan.encoders.image import Backbone, build_backbone
from bioscan.encoders.image_weights import load_pretrained


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def small_vit(**options) -> VisionTransformer:
    """A ViT of two layers."""
    sizes = {"img_size": 32, "embed_dim": 24, "depth": 2, "num_heads": 2, "num_classes": 0}
    model = timm.create_model("vit_base_patch16_224.mae", **{**sizes, **options}).eval()
    for parameter in model.parameters():  # else all shifts are 0, and all scales 1
        nn.init.normal_(parameter, std=0.2)
    return model


def small_resnet(**options) -> nn.Module:
    return timm.create_model("resnet50", **{"num_classes": 0, **options}).eval()


IMAGES = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(1))


def same(first: nn.Module, second: nn.Module) -> bool:
    with torch.inference_mode():
        return torch.allclose(first(IMAGES), second(IMAGES), atol=1e-5)


def moco(model: nn.Module, head: str) -> dict:
    """A checkpoint of MoCo v3: the encoder with its projector, its momentum copy, a predictor."""
    own = {f"module.base_encoder.{key}": tensor for key, tensor in model.state_dict().items()}
    return {
        "epoch": 300,
        "arch": "vit_base",
        "optimizer": {"param_groups": [{"lr": 0.1}]},
        "state_dict": {
            **own,
            f"module.base_encoder.{head}.0.weight": torch.zeros(4, 4),
            **{key.replace("base", "momentum"): torch.zeros_like(own[key]) for key in own},
            "module.predictor.0.weight": torch.zeros(4, 4),
        },
    }


def plain(model: nn.Module, head: str) -> dict:
    """As DINO and VICReg publish theirs: without a head."""
    return dict(model.state_dict())


def mae(model: nn.Module, head: str) -> dict:
    return {"model": dict(model.state_dict())}


@pytest.mark.parametrize(
    ("make", "head", "name", "publish"),
    [
        (small_vit, "head", "mocov3-vit-b.pth.tar", moco),
        (small_vit, "head", "mae_pretrain_vit_base.pth", mae),
        (small_resnet, "fc", "r-50-1000ep.pth.tar", moco),
        (small_resnet, "fc", "dino_resnet50_pretrain.pth", plain),
    ],
)
def test_a_published_checkpoint_is_read(
    make: Callable[..., nn.Module], head: str, name: str, publish: Callable, tmp_path: Path
):
    published, model = make(), make()
    torch.save(publish(published, head), tmp_path / name)
    assert not same(model, published)
    load_pretrained(model, "it", tmp_path / name)
    assert same(model, published)


@pytest.mark.parametrize("is_old", [True, False])
def test_the_vit_of_torchvision_gives_the_same_embeddings(is_old: bool, tmp_path: Path):
    theirs = torchvision.models.VisionTransformer(
        image_size=32, patch_size=16, num_layers=2, num_heads=2, hidden_dim=24, mlp_dim=96
    ).eval()
    for parameter in theirs.parameters():
        nn.init.normal_(parameter, std=0.2)
    state = theirs.state_dict()
    if is_old:  # as in the file that is published
        for new, old in (("mlp.0.", "mlp.linear_1."), ("mlp.3.", "mlp.linear_2.")):
            state = {key.replace(new, old): tensor for key, tensor in state.items()}
    torch.save(state, tmp_path / "vit_b_16.pth")
    model = small_vit()
    load_pretrained(model, "it", tmp_path / "vit_b_16.pth")
    theirs.heads = nn.Identity()
    assert same(model, theirs)


def test_mae_averages_the_patches_and_normalises_the_mean_without_a_scale(tmp_path: Path):
    """models_vit.py of the released code with global_pool, where `fc_norm` is not in the file."""
    published = small_vit()
    torch.save(mae(published, "head"), tmp_path / "mae.pth")
    model = small_vit(global_pool="avg")
    load_pretrained(model, "it", tmp_path / "mae.pth")
    with torch.inference_mode():
        published.norm = nn.Identity()
        patches = published.forward_features(IMAGES)[:, 1:].mean(1)
        by_hand = (patches - patches.mean(1, keepdim=True)) / torch.sqrt(
            patches.var(1, keepdim=True, correction=0) + 1e-6
        )
        assert torch.allclose(model(IMAGES), by_hand, atol=1e-4)


def openai_vit(model: VisionTransformer) -> dict[str, torch.Tensor]:
    """A ViT under OpenAI's names, which have the projection transposed and without a shift."""
    names = {
        "cls_token": "class_embedding",
        "pos_embed": "positional_embedding",
        "patch_embed.proj.weight": "conv1.weight",
        "norm_pre.": "ln_pre.",
        "norm.": "ln_post.",
        "blocks.": "transformer.resblocks.",
        "attn.qkv.": "attn.in_proj_",
        "attn.proj.": "attn.out_proj.",
        "mlp.fc1.": "mlp.c_fc.",
        "mlp.fc2.": "mlp.c_proj.",
        ".norm1.": ".ln_1.",
        ".norm2.": ".ln_2.",
    }
    state = {}
    for key, tensor in model.state_dict().items():
        if key.startswith("head."):
            continue
        for ours, theirs in names.items():
            if key.startswith(ours) or (ours in key and key.startswith("blocks.")):
                key = key.replace(ours, theirs)
        state[f"visual.{key}"] = tensor.contiguous()
    state["visual.class_embedding"] = state["visual.class_embedding"].flatten()
    state["visual.positional_embedding"] = state["visual.positional_embedding"][0]
    state["visual.proj"] = model.head.weight.detach().T.contiguous()
    return state | {"token_embedding.weight": torch.zeros(9, 4), "logit_scale": torch.zeros(1)}


def test_the_embedding_of_clip_is_its_projection(tmp_path: Path):
    backbone = Backbone(
        "vit_base_patch16_clip_quickgelu_224.openai",
        {"img_size": 32, "depth": 2, "embed_dim": 24, "num_heads": 2},
        projection=True,
    )
    published = build_backbone(backbone, 0, None, projection=True).eval()
    for parameter in published.parameters():
        nn.init.normal_(parameter, std=0.2)
    nn.init.zeros_(published.head.bias)
    save_file(openai_vit(published), tmp_path / "open_clip_model.safetensors")
    weights = tmp_path / "open_clip_model.safetensors"
    model = build_backbone(backbone, 0, weights, projection=True).eval()
    assert model(IMAGES).shape == (2, 512)
    assert same(model, published)


# Damage, and weights of others


def test_a_checkpoint_that_is_cut_short_is_one_clear_line(tmp_path: Path):
    path = tmp_path / "mae.pth"
    torch.save(mae(small_vit(), "head"), path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(InputError) as error:
        load_pretrained(small_vit(), "it", path)
    assert str(error.value).startswith(f"{path}: not a whole file of weights")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("prefix", ["module.momentum_encoder.", "module.predictor."])
def test_a_checkpoint_without_the_encoder_is_one_clear_line(prefix: str, tmp_path: Path):
    path = tmp_path / "it.pth.tar"
    state = {f"{prefix}{key}": tensor for key, tensor in small_vit().state_dict().items()}
    torch.save({"state_dict": state}, path)
    with pytest.raises(InputError) as error:
        load_pretrained(small_vit(), "vit", path)
    assert str(error.value).startswith(f"{path}: not the weights of vit (cls_token is missing, ")


def test_weights_of_another_architecture_are_one_clear_line(tmp_path: Path):
    path = tmp_path / "resnet.pth"
    torch.save(plain(small_resnet(), "fc"), path)
    with pytest.raises(InputError, match="not the weights of vit"):
        load_pretrained(small_vit(), "vit", path)
