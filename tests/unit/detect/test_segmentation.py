"""The segmentation network as a detector."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import segmentation_models_pytorch as smp
import timm
import torch
from timm.models import save_for_hf
from torchvision.ops import box_iou

from bioscan.core.errors import InputError
from bioscan.detect.engine import in_torch
from bioscan.detect.looks import look_twice
from bioscan.detect.model import load_detector, prepare, save_detector, scaling_of
from bioscan.detect.normalisation import MEAN, STD
from bioscan.detect.segmentation import (
    CELL,
    SegmentationDetector,
    box_of_mask,
    boxes_of_sides,
    detection_loss,
    mask_of,
    scores_of_verdicts,
    segmentation_loss,
    sides_loss,
    verdict_loss,
)
from bioscan.simulate.phenotype import RANK_STEPS, phenotype
from bioscan.simulate.photographs import photograph
from tests.unit.detect.settings import SETTINGS

DETECTORS = Path(__file__).parents[3] / "config" / "detectors"
FPN, LITE0 = DETECTORS / "fpn", DETECTORS / "fpn_lite0"


@pytest.fixture(scope="module")
def detector() -> SegmentationDetector:
    torch.manual_seed(0)
    return load_detector(FPN)


def mask(*pieces: tuple[int, int, int, int], probability: float = 0.9) -> np.ndarray:
    """Probabilities of 60 x 80 pixels: 0.02, but for pieces (x0, y0, x1, y1)."""
    found = np.full((60, 80), 0.02, np.float32)
    for x0, y0, x1, y1 in pieces:
        found[y0:y1, x0:x1] = probability
    return found


def pixels(box: np.ndarray) -> list[float]:
    return (box * [80, 60, 80, 60]).tolist()


def test_the_box_is_around_the_pixels():
    box, score, area = box_of_mask(mask((20, 12, 60, 42)))
    assert pixels(box) == pytest.approx([20, 12, 60, 42])
    assert score == pytest.approx(0.9)
    assert area == pytest.approx(40 * 30 / (80 * 60))


def test_pieces_of_similar_size_are_boxed_together():
    # 100 and 90 pixels.
    box, *_ = box_of_mask(mask((10, 10, 20, 20), (30, 30, 40, 39)))
    assert pixels(box) == pytest.approx([10, 10, 40, 39])


def test_a_small_piece_is_left_out():
    # 100 and 70 pixels.
    box, *_ = box_of_mask(mask((10, 10, 20, 20), (30, 30, 40, 37)))
    assert pixels(box) == pytest.approx([10, 10, 20, 20])


def test_the_area_is_of_probable_pixels_in_the_pieces_of_the_box():
    found = mask((10, 10, 20, 20), (40, 30, 43, 33))  # the second is left out
    found[10:20, 20:25] = 0.4  # a shadow: in the box, and no area
    box, _, area = box_of_mask(found)
    assert pixels(box) == pytest.approx([10, 10, 25, 20])
    assert area == pytest.approx(100 / (80 * 60))


def test_the_mask_has_the_pixels_that_are_counted_as_area():
    found = mask((10, 10, 20, 20), (40, 30, 43, 33))  # the second is left out
    found[10:20, 20:25] = 0.4
    expected = np.zeros((60, 80), bool)
    expected[10:20, 10:20] = True
    assert (mask_of(found) == expected).all()
    assert box_of_mask(found)[2] == mask_of(found).mean()
    assert not mask_of(mask()).any()


def test_mass_counts_and_not_area():
    found = mask((10, 10, 20, 20))
    found[30:40, 30:45] = 0.45  # 150 pixels, of three quarters of the mass
    assert pixels(box_of_mask(found)[0]) == pytest.approx([10, 10, 20, 20])
    found[30:40, 30:45] = 0.55
    assert pixels(box_of_mask(found)[0]) == pytest.approx([10, 10, 45, 40])


def test_legs_of_low_probability_are_in_the_box():
    found = mask((20, 12, 40, 32))
    found[20, 40:60] = 0.31
    assert pixels(box_of_mask(found)[0]) == pytest.approx([20, 12, 60, 32])


def test_the_score_is_that_of_the_most_probable_square():
    found = mask((10, 10, 30, 30), probability=0.5)
    found[20:29, 12:21] = 0.8  # 9 × 9
    assert box_of_mask(found)[1] == pytest.approx(0.8)


def test_pixels_that_touch_at_a_corner_are_one_piece():
    box, *_ = box_of_mask(mask((10, 10, 20, 20), (20, 20, 22, 22)))
    assert pixels(box) == pytest.approx([10, 10, 22, 22])


def test_without_a_likely_pixel_the_best_one_is_the_box():
    found = mask()
    found[17, 33] = 0.09
    box, score, area = box_of_mask(found)
    assert pixels(box) == pytest.approx([33, 17, 34, 18])
    assert area == 0
    assert score == pytest.approx((80 * 0.02 + 0.09) / 81)


def test_the_loss_by_hand():
    """One image with an insect of one of two pixels, one empty well; all logits 0."""
    logits = torch.zeros(2, 1, 1, 2)
    masks = torch.tensor([[[[1.0, 0.0]]], [[[0.0, 0.0]]]])
    # Cross-entropy ln 2 of each pixel, three times as much of the insect's; Dice of the first
    # image: (2 · 0.5 + 1) / (0.5 + 0.5 + 1 + 1).
    entropy = np.log(2) * (3 + 1 + 1 + 1) / 4
    assert segmentation_loss(logits, masks).item() == pytest.approx(3 * entropy + 1 - 2 / 3)


def test_a_right_mask_has_nearly_no_loss():
    masks = torch.zeros(2, 1, 8, 8)
    masks[0, 0, 2:5, 3:6] = 1
    assert segmentation_loss(40 * masks - 20, masks).item() == pytest.approx(0, abs=1e-3)


def test_empty_wells_alone_have_a_loss():
    assert torch.isfinite(segmentation_loss(torch.zeros(2, 1, 4, 4), torch.zeros(2, 1, 4, 4)))


def test_images_of_several_sizes_make_one_batch(detector):
    labels = [{"mask": torch.ones(1, 32, 64)}, {"mask": torch.ones(1, 64, 32)}]
    output = detector(pixel_values=torch.zeros(2, 3, 64, 64), labels=labels)
    assert output.logits.shape == (2, 1, 64, 64)
    assert torch.isfinite(output.loss)


def test_sides_are_multiples_of_32(detector):
    scaling = scaling_of(detector, replace(SETTINGS, shortest_edge=90, longest_edge=130))
    # 90 × 120 is nearest to 96 × 128.
    assert scaling.size(1024, 768) == (128, 96)
    assert scaling.size(768, 1024) == (96, 128)
    assert scaling.size(10_000, 10) == (128, 32)


def test_a_saved_detector_is_loaded_as_it_was(detector, tmp_path):
    save_detector(detector, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "model.safetensors"]
    images = torch.rand(1, 3, 64, 96)
    again = load_detector(tmp_path)
    assert again.training
    with torch.inference_mode():
        expected = detector.eval()(images).logits
        # Weights are stored in half precision.
        torch.testing.assert_close(again.eval()(images).logits, expected, atol=0.01, rtol=0.01)
    weights, saved = again.state_dict(), detector.state_dict()
    assert weights.keys() == saved.keys()
    halved = {k: w.half().float() if w.is_floating_point() else w for k, w in saved.items()}
    assert all(torch.equal(weights[name], weight) for name, weight in halved.items())
    assert next(detector.parameters()).dtype == torch.float32


def test_it_can_overfit_an_image(detector):
    torch.manual_seed(0)
    masks = torch.zeros(1, 1, 64, 96)
    masks[..., 20:44, 30:60] = 1
    image = torch.randn(1, 3, 64, 96) * 0.1 - 2 * masks
    model = load_detector(FPN)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    for _ in range(40):
        loss = model(image, labels=[{"mask": masks[0]}]).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    found = model(image).logits.detach().sigmoid()[0, 0].numpy()
    x0, y0, x1, y1 = box_of_mask(found)[0] * [96, 64, 96, 64]
    assert abs(np.array([x0, y0, x1, y1]) - [30, 20, 60, 44]).max() <= 6


# The verdict


def test_the_loss_of_the_verdict_by_hand():
    """An insect a third of which was found, and an empty well."""
    shown, overlaps = torch.tensor([1.0, 0.0]), torch.tensor([1 / 3, 0.0])
    # ln 2 for the presence in each; the overlap counts in the first image only.
    expected = np.log(2) + np.log(2) / 2
    verdicts = torch.tensor([[0.0, 0.0], [0.0, 5.0]])
    assert verdict_loss(verdicts, shown, overlaps).item() == pytest.approx(expected)
    # Best where it is the overlap.
    losses = [
        verdict_loss(torch.tensor([[0.0, x], [0.0, 0.0]]), shown, overlaps).item()
        for x in (-2.0, float(np.log(1 / 2)), 2.0)
    ]
    assert losses[1] == min(losses)


def test_without_sides_the_verdict_learns_the_overlap_of_the_pixels():
    """Of an insect of two pixels one is found, with a wrong one beside it: one of three."""
    logits = torch.tensor([[[[9.0, 9.0, -9.0, -9.0]]], [[[9.0, -9.0, -9.0, -9.0]]]])
    masks = torch.tensor([[[[0.0, 1.0, 1.0, 0.0]]], [[[0.0, 0.0, 0.0, 0.0]]]])
    verdicts = torch.zeros(2, 2)
    of_verdict = verdict_loss(verdicts, torch.tensor([1.0, 0.0]), torch.tensor([1 / 3, 0.0]))
    expected = segmentation_loss(logits, masks) + of_verdict
    assert detection_loss(logits, verdicts, masks).item() == pytest.approx(expected.item())


def test_the_score_says_whether_an_insect_is_there_then_how_good_the_box_is():
    # Presence and overlap: 0.8 and 0.75, 0.2 and 0.5.
    verdicts = torch.tensor([[np.log(4), np.log(3)], [np.log(1 / 4), 0.0]], dtype=torch.float32)
    scores = scores_of_verdicts(verdicts, torch.tensor([0.5, 1.0])).tolist()
    assert scores == pytest.approx([0.5 + 0.75 * 0.5 / 2, 0.2])


def test_an_insect_that_is_there_scores_more_than_half_however_bad_its_box():
    scores = scores_of_verdicts(torch.tensor([[0.1, 9.0]]), torch.tensor([0.0]))
    assert scores.item() == pytest.approx(0.505)


# The sides


def sides(x0: int, y0: int, x1: int, y1: int, size: tuple[int, int] = (64, 96)) -> torch.Tensor:
    """Logits (1, 4, h, w) of sides that are surely at the first and last pixels of a box."""
    logits = torch.full((1, 4, *size), -50.0)
    middle = (x0 + x1) // 2, (y0 + y1) // 2
    for k, (x, y) in enumerate(
        ((x0, middle[1]), (middle[0], y0), (x1 - 1, middle[1]), (middle[0], y1 - 1))
    ):
        logits[
            0,
            k,
            y // CELL * CELL : y // CELL * CELL + CELL,
            x // CELL * CELL : x // CELL * CELL + CELL,
        ] = 50
    return logits


def test_sides_that_are_sure_make_the_box_to_half_a_cell():
    found = boxes_of_sides(sides(21, 10, 62, 43))[0] * torch.tensor([96, 64, 96, 64])
    np.testing.assert_allclose(found, [21, 10, 62, 43], atol=CELL / 2)


def test_a_side_that_is_unsure_is_at_its_median():
    """Three places for the left side: 0.2, 0.2 and 0.6 of the probability."""
    logits = torch.full((1, 4, 64, 96), -50.0)
    for column, chance in ((0, 0.2), (10, 0.2), (20, 0.6)):
        logits[0, 0, :CELL, column * CELL : (column + 1) * CELL] = float(np.log(chance))
    logits[0, 2, :CELL, -CELL:] = 50
    # A sixth of the way through the third, where half of the probability is reached.
    assert boxes_of_sides(logits)[0, 0].item() * 24 == pytest.approx(20 + 1 / 6, abs=1e-4)


def test_the_loss_of_sides_by_hand():
    """All places alike: 24 columns, 16 rows."""
    box = torch.tensor([[21, 10, 62, 43]])
    expected = (2 * np.log(24) + 2 * np.log(16)) / 4
    assert sides_loss(torch.zeros(1, 4, 64, 96), box).item() == pytest.approx(expected, rel=1e-5)
    assert sides_loss(sides(21, 10, 62, 43), box).item() == pytest.approx(0, abs=1e-4)
    assert sides_loss(torch.zeros(0, 4, 64, 96), box[:0]).item() == 0


def test_with_sides_the_verdict_learns_the_overlap_of_their_box():
    masks = torch.zeros(2, 1, 64, 96)
    masks[0, 0, 8:48, 20:60] = 1
    logits = torch.cat([masks * 18 - 9, torch.cat([sides(20, 8, 60, 28)] * 2)], 1)
    found = boxes_of_sides(logits[:1, 1:]) * torch.tensor([96, 64, 96, 64])
    overlap = box_iou(found, torch.tensor([[20.0, 8, 60, 48]])).item()
    assert 0.3 < overlap < 0.5  # half of the insect, up to the cells
    verdicts = torch.tensor([[0.0, float(np.log(overlap / (1 - overlap)))], [0.0, 0.0]])
    best = detection_loss(logits, verdicts, masks)
    for change in (-0.5, 0.5):
        other = verdicts + torch.tensor([[0.0, change], [0.0, 0.0]])
        assert detection_loss(logits, other, masks) > best


def test_a_verdict_is_trained_beside_the_mask():
    torch.manual_seed(0)
    network = smp.FPN("tu-test_resnet", encoder_weights=None, aux_params={"classes": 2})
    model = SegmentationDetector(network)
    output = model(torch.rand(2, 3, 64, 96), labels=[{"mask": torch.ones(1, 64, 96)}] * 2)
    assert output.verdicts.shape == (2, 2)
    output.loss.backward()
    head = network.classification_head[-2]
    assert head.weight.grad.abs().sum() > 0


def test_empty_wells_alone_have_a_loss_with_sides_and_verdict():
    masks = torch.zeros(2, 1, 64, 96)
    # ln 2 for presences of 0.5; no loss of sides or overlap where there is no insect.
    expected = segmentation_loss(masks, masks) + np.log(2)
    loss = detection_loss(torch.zeros(2, 5, 64, 96), torch.zeros(2, 2), masks)
    assert loss.item() == pytest.approx(expected.item())


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ({"classes": 2}, "classes is 2, expected 1 (pixels) or 5"),
        ({"aux_params": {"classes": 1}}, "aux_params.classes is 1, expected 2"),
        ({"aux_params": {"pooling": "avg"}}, "aux_params.classes is None, expected 2"),
        ({"_model_class": "Nope"}, "segmentation_models_pytorch has no Nope"),
    ],
)
def test_outputs_that_are_none_of_a_detector_s_are_refused(outputs, message, tmp_path):
    config = json.loads((FPN / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | outputs))
    with pytest.raises(InputError) as error:
        load_detector(tmp_path)
    assert str(error.value).startswith(f"{tmp_path}/config.json: {message}")


def test_sides_are_trained_beside_the_pixels():
    masks = torch.zeros(1, 1, 64, 96)
    masks[0, 0, 10:43, 21:62] = 1
    wrong = torch.cat([masks * 18 - 9, sides(0, 0, 96, 64)], 1).requires_grad_()
    loss = detection_loss(wrong, None, masks)
    assert loss > segmentation_loss(wrong[:, :1], masks) + 10
    loss.backward()
    assert wrong.grad[:, 1:].abs().sum() > 0.1  # also where all of them are surely wrong


def test_sides_that_cross_make_a_box():
    crossed = sides(21, 10, 62, 43)[:, [2, 3, 0, 1]]
    x0, y0, x1, y1 = boxes_of_sides(crossed)[0].tolist()
    assert x0 < x1 and y0 < y1


def test_weights_of_another_network_are_refused(tmp_path):
    save_detector(load_detector(FPN), tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"classes": 5}))
    with pytest.raises(InputError) as error:
        load_detector(tmp_path)
    assert f"{tmp_path}/model.safetensors: not the weights of its config.json" in str(error.value)


def test_damaged_weights_are_named(tmp_path):
    save_detector(load_detector(FPN), tmp_path)
    weights = (tmp_path / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(weights[: len(weights) // 2])
    with pytest.raises(InputError) as error:
        load_detector(tmp_path)
    assert f"{tmp_path}/model.safetensors" in str(error.value)


# A pretrained encoder


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory):
    """EfficientNet-Lite0 with random weights, as timm saves it, and a network with this encoder."""
    folder = tmp_path_factory.mktemp("encoder")
    torch.manual_seed(1)
    whole = timm.create_model("tf_efficientnet_lite0").eval()
    for module in whole.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    save_for_hf(whole, folder, safe_serialization=True)
    return whole, folder / "model.safetensors"


def test_an_encoder_computes_what_it_did_in_its_own_normalisation(pretrained):
    whole, weights = pretrained
    detector = load_detector(LITE0, weights).eval()
    image = torch.full((1, 3, 64, 64), 0.3) + torch.rand(1, 3, 1, 1) * 0.2
    with torch.inference_mode():
        own = whole.bn1(whole.conv_stem((image - 0.5) / 0.5))
        found = detector.encoder.bn1(detector.encoder.conv_stem((image - MEAN) / STD))
    # Not at the edges, where the padding is grey in one and the mean colour in the other.
    torch.testing.assert_close(found[..., 1:-1, 1:-1], own[..., 1:-1, 1:-1], atol=1e-4, rtol=1e-4)


def test_the_other_weights_are_those_of_the_file(pretrained):
    whole, weights = pretrained
    loaded, given = load_detector(LITE0, weights).encoder.state_dict(), whole.state_dict()
    changed = [name for name, weight in loaded.items() if not torch.equal(weight, given[name])]
    assert changed == ["conv_stem.weight", "bn1.running_mean"]


def test_first_layers_and_statistics_of_a_pretrained_encoder_are_frozen(pretrained):
    detector = load_detector(LITE0, pretrained[1]).train()
    frozen = [name for name, p in detector.encoder.named_parameters() if not p.requires_grad]
    assert {name.split(".")[0] for name in frozen} == {"conv_stem", "bn1", "blocks"}
    assert {name.split(".")[1] for name in frozen if name.startswith("blocks")} == {"0", "1"}
    before = {name: value.clone() for name, value in detector.encoder.named_buffers()}
    detector(torch.rand(2, 3, 64, 96), labels=[{"mask": torch.ones(1, 64, 96)}] * 2)
    assert all(torch.equal(before[n], value) for n, value in detector.encoder.named_buffers())
    assert detector.network.decoder.training


def test_weights_of_another_encoder_are_refused(pretrained, tmp_path):
    other = timm.create_model("test_resnet")
    save_for_hf(other, tmp_path, safe_serialization=True)
    with pytest.raises(InputError) as error:
        load_detector(LITE0, tmp_path / "model.safetensors")
    assert "not the weights of the detector's encoder" in str(error.value)


def test_only_an_efficientnet_starts_from_an_encoder(pretrained):
    with pytest.raises(InputError) as error:
        load_detector(FPN, pretrained[1])
    assert "only an EfficientNet can start from an `encoder`" in str(error.value)


def test_a_detr_takes_no_encoder(pretrained):
    with pytest.raises(InputError) as error:
        load_detector(FPN.parent / "rt_detr", pretrained[1])
    assert "takes no `encoder`" in str(error.value)


def test_the_kind_follows_from_the_config(tmp_path):
    text = json.loads((FPN / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**text, "decoder_pyramid_channels": 16}))
    assert isinstance(load_detector(tmp_path), SegmentationDetector)


def test_the_area_is_that_of_the_simulated_insects():
    """Of a trained network: pixels that an organism occupies, against the masks it was drawn by."""
    detector = load_detector(DETECTORS / "lite0_wells").eval()
    look = look_twice(in_torch(detector, "cpu"), 3)
    rng, ratios = np.random.default_rng(0), []
    for seed, order in enumerate(("Diptera", "Coleoptera", "Hymenoptera") * 3):
        lineage = ("Arthropoda", "Insecta", order, *[None] * (len(RANK_STEPS) - 3))
        seen = photograph(phenotype(lineage, seed), rng, (1024, 768))
        _, _, areas = look(prepare(seen.image, (1152, 864))[None])
        ratios.append(areas[0] / seen.mask.mean())
    # Over forty of them: half are within 3 %, nine in ten within 10 %, the median is 0.993.
    assert np.median(ratios) == pytest.approx(1, abs=0.06)
    assert np.abs(np.log(ratios)).mean() < 0.15
