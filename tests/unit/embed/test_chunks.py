"""A matrix that is made in parts."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioscan.core.errors import InputError
from bioscan.embed.chunks import write_matrix

VALUES = np.random.default_rng(0).normal(size=(23, 4)).astype(np.float32)


def batches(first: int, size: int = 3) -> Iterator[np.ndarray]:
    for start in range(first, len(VALUES), size):
        yield VALUES[start : start + size]


def test_the_matrix_is_that_of_all_batches(tmp_path: Path):
    path = tmp_path / "test.npy"
    write_matrix(path, VALUES.shape, "float32", batches, tmp_path / "parts", chunk_rows=9)
    assert np.array_equal(np.load(path), VALUES)
    assert [len(np.load(tmp_path / f"parts/{start}.npy")) for start in (0, 9, 18)] == [9, 9, 5]


@settings(max_examples=15)
@given(chunk_rows=st.integers(1, 40), size=st.integers(1, 40))
def test_the_matrix_is_the_same_whatever_the_parts(tmp_path_factory, chunk_rows: int, size: int):
    folder = tmp_path_factory.mktemp("matrix")
    path = folder / "test.npy"
    made = lambda first: batches(first, size)  # noqa: E731
    write_matrix(path, VALUES.shape, "float32", made, folder / "parts", chunk_rows)
    assert np.array_equal(np.load(path), VALUES)


@pytest.mark.parametrize("killed_in", [1, 2, 3])
def test_a_killed_job_makes_the_parts_that_are_missing(tmp_path: Path, killed_in: int):
    path, asked = tmp_path / "test.npy", []

    def dying(first: int) -> Iterator[np.ndarray]:
        for number, batch in enumerate(batches(first)):
            if number == 2 * killed_in:
                raise KeyboardInterrupt
            yield batch

    def resumed(first: int) -> Iterator[np.ndarray]:
        asked.append(first)
        return batches(first)

    with pytest.raises(KeyboardInterrupt):
        write_matrix(path, VALUES.shape, "float32", dying, tmp_path / "parts", chunk_rows=6)
    assert not path.exists()
    write_matrix(path, VALUES.shape, "float32", resumed, tmp_path / "parts", chunk_rows=6)
    assert asked == [6 * killed_in]
    assert np.array_equal(np.load(path), VALUES)


def test_a_matrix_may_have_no_rows(tmp_path: Path):
    path = tmp_path / "test.npy"
    write_matrix(path, (0, 4), "float16", lambda first: iter(()), tmp_path / "parts")
    assert (np.load(path).shape, np.load(path).dtype) == ((0, 4), np.float16)


def test_half_precision_keeps_three_digits(tmp_path: Path):
    path = tmp_path / "test.npy"
    write_matrix(path, VALUES.shape, "float16", batches, tmp_path / "parts")
    assert np.load(path).dtype == np.float16
    assert np.allclose(np.load(path), VALUES, rtol=1e-3)


@pytest.mark.parametrize(
    ("value", "dtype", "said"),
    [
        (
            70_000,
            "float16",
            "config: embed.dtype is 'float16', but an embedding has a value of 7e+04, which it "
            "does not hold; expected 'float32'",
        ),
        (
            np.nan,
            "float32",
            "an embedding has a value that is no finite number: the weights of its encoder are "
            "damaged; fetch or train them again",
        ),
    ],
)
def test_a_value_that_is_no_number_is_one_clear_line(tmp_path: Path, value, dtype, said):
    with pytest.raises(InputError) as error:
        write_matrix(
            tmp_path / "test.npy",
            (1, 1),
            dtype,
            lambda first: iter([np.full((1, 1), value, np.float32)]),
            tmp_path / "parts",
        )
    assert str(error.value) == said
