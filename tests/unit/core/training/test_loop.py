"""Training repeats itself, whatever the workers, devices and micro-batches."""

import json
from functools import partial
from pathlib import Path

import pytest
import torch

from bioscan.core.errors import InputError
from bioscan.core.training.loop import TrainingSettings, train, train_to_files
from tests.unit.core.training.small import (
    EPOCHS,
    SETTINGS,
    Plain,
    Points,
    Tiny,
    assert_close,
    fit_plain,
    fitted,
    in_a_new_process,
    in_a_process,
    killed,
    same,
)


def test_the_history_has_one_row_per_epoch(uninterrupted: dict):
    _, history = uninterrupted[None]
    assert [row["epoch"] for row in history] == [0, 1, 2]
    assert [row["score"] for row in history] == [1, 3, 2]
    assert set(history[0]) == {"epoch", "train_loss", "val_loss", "score"}
    json.dumps(history, allow_nan=False)


def test_training_repeats_itself(tmp_path: Path, uninterrupted: dict):
    weights, history = fitted(tmp_path, monitor=None)
    assert same(weights, uninterrupted[None][0])
    assert history == uninterrupted[None][1]


def test_another_seed_gives_other_weights(tmp_path: Path, uninterrupted: dict):
    assert not same(fitted(tmp_path, seed=6)[0], uninterrupted[None][0])


def test_a_worker_changes_nothing(tmp_path: Path, uninterrupted: dict):
    weights, history = fitted(tmp_path, workers=1)
    assert same(weights, uninterrupted[None][0])
    assert history == uninterrupted[None][1]


def test_the_best_epoch_gives_the_weights_when_a_score_is_monitored(
    tmp_path: Path, uninterrupted: dict
):
    # The score is best in the second of three epochs; what follows must not matter.
    assert not same(uninterrupted["score"][0], uninterrupted[None][0])
    assert uninterrupted["score"][1] == uninterrupted[None][1]


def test_of_equal_scores_the_first_counts(tmp_path: Path, uninterrupted: dict):
    # Scores 1, 3, 2, 3: a fourth epoch as good as the second does not replace it. The cosine
    # goes by EPOCHS, so the first three epochs are those of the other runs.
    assert same(fitted(tmp_path, epochs=4, monitor="score")[0], uninterrupted["score"][0])


@pytest.mark.parametrize("batch_size", [10, 3])
@pytest.mark.parametrize(
    ("devices", "device_batch_size"),
    [(2, None), (1, 2), (2, 1)],
    ids=["two devices", "accumulated", "both"],
)
def test_the_batch_is_that_of_the_settings_whatever_the_devices(
    tmp_path: Path, batch_size: int, devices: int, device_batch_size: int | None
):
    """Two processes of gloo, each with a half of the batch, give the loss curve of one with all.

    With batches of 3 the halves differ, and the last batch of an epoch is a single sample.
    """
    _, alone = fit_plain(tmp_path, settings={"batch_size": batch_size})
    settings = {"batch_size": batch_size, "device_batch_size": device_batch_size}
    code, divided = fit_plain(tmp_path, settings=settings, devices=devices)
    assert code == 0
    assert_close(divided, alone)


class Torn(Points):
    """Points one of which cannot be read."""

    def __getitem__(self, key: tuple[int, int]) -> tuple[torch.Tensor, torch.Tensor]:
        if key[0] == 3:
            raise InputError("point 3: torn")
        return super().__getitem__(key)


@pytest.mark.parametrize(("devices", "workers"), [(1, 0), (1, 1), (2, 1)])
def test_a_sample_that_cannot_be_read_is_named(tmp_path: Path, devices: int, workers: int):
    def work() -> str:
        settings = TrainingSettings(**SETTINGS)
        folder = tmp_path / "checkpoints"
        options = {"checkpoints": folder, "workers": workers, "devices": devices}
        with pytest.raises(InputError) as error:
            train(Plain(), Torn(), None, settings, **options)
        return str(error.value)

    assert in_a_process(work, tmp_path / "result") == (0, "point 3: torn")


def test_bf16_computes_in_half_the_digits(tmp_path: Path):
    _, (exact, _) = fit_plain(tmp_path)
    _, (rounded, history) = fit_plain(tmp_path, settings={"precision": "bf16"})
    assert not same(exact, rounded)
    for name, value in exact.items():
        assert rounded[name].dtype == value.dtype  # the weights themselves stay as they are
        torch.testing.assert_close(rounded[name], value, rtol=0.1, atol=0.05)
    assert len(history) == EPOCHS


def write_files(
    folder: Path,
    kill: str | None = None,
    depends_on: dict[str, int] | None = None,
    inputs: tuple[str, ...] = (),
    code: str = "a",
) -> None:
    """Train to files in a folder."""
    module = Tiny(kill=kill)
    train_to_files(
        module,
        Points(),
        Points(),
        TrainingSettings(**SETTINGS),
        depends_on=depends_on or {"a": 1},
        inputs=[folder / name for name in inputs],
        code=code,
        save_model=lambda: torch.save(module.state_dict(), folder / "made" / "model"),
        history=folder / "made" / "history.csv",
        workers=0,
        devices=1,
    )


def test_a_training_leaves_its_outputs_and_no_checkpoints(tmp_path: Path):
    assert in_a_new_process(write_files, tmp_path) == 0
    assert {path.name for path in (tmp_path / "made").iterdir()} == {
        ".lock",
        "history.csv",
        "model",
    }
    assert len((tmp_path / "made" / "history.csv").read_text().splitlines()) == 1 + EPOCHS


@pytest.mark.parametrize("changed", [{"inputs": ["b"]}, {"code": "b"}, {"depends_on": {"a": 2}}])
def test_training_starts_over_where_its_data_code_or_settings_changed(tmp_path: Path, changed):
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)

    killed(tmp_path, lambda: write_files(tmp_path, "step 7", inputs=("a",)))
    killed(tmp_path, lambda: write_files(tmp_path, "step 0", **{"inputs": ("a",), **changed}))
    # Unchanged, it resumes.
    unchanged = partial(write_files, tmp_path, "step 0", inputs=("a",))
    assert in_a_new_process(unchanged) == 0
