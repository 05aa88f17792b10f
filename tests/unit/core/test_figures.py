"""Figures are saved in the format of their suffix, and twice alike."""

from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from bioscan.core.figures import save_figure

BEGINNINGS = {".png": b"\x89PNG", ".pdf": b"%PDF"}


def saved(folder: Path) -> list[bytes]:
    """A small figure, written to a PNG and a PDF."""
    figure, axes = plt.subplots(figsize=(1, 1))
    axes.plot([0, 1])
    save_figure(figure, *(folder / f"a{suffix}" for suffix in BEGINNINGS), dpi=50)
    assert not plt.fignum_exists(figure.number)
    return [(folder / f"a{suffix}").read_bytes() for suffix in BEGINNINGS]


def test_the_suffix_decides_the_format(tmp_path: Path):
    for data, beginning in zip(saved(tmp_path), BEGINNINGS.values(), strict=True):
        assert data.startswith(beginning)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pdf", "a.png"]


def test_equal_figures_are_equal_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    first = saved(tmp_path)
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert saved(tmp_path) == first
