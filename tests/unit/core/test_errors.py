"""A message is one line, wherever the error arose."""

import logging
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader, Dataset

from bioscan.core.errors import InputError, first_ten, one_line, raised_in
from bioscan.core.images import BrokenImage

#: A value with all line ends that Python knows, and the beginning of another message.
VALUE = "AC\nGT\r\nAA\r\x0b\x0c\x1c\x85\u2028\u2029bioscan.core.errors.InputError: CC"
SEEN = r"AC\nGT\r\nAA\r\x0b\x0c\x1c\x85\u2028\u2029bioscan.core.errors.InputError: CC"
MESSAGE = f"bees.csv: row 3: '{VALUE}' is no barcode"
LINE = f"bees.csv: row 3: '{SEEN}' is no barcode"


def refuse(kind: type[InputError]) -> None:
    """Raise an error of this kind because of another one."""
    try:
        raise ValueError("a cause\nof two lines")
    except ValueError as error:
        raise kind(MESSAGE) from error


class Refused(Dataset):
    """Images none of which can be read."""

    def __init__(self, kind: type[InputError]) -> None:
        self.kind = kind

    def __len__(self) -> int:
        return 1

    def __getitem__(self, _: int) -> None:
        refuse(self.kind)


def test_a_line_end_in_a_message_is_made_visible():
    assert str(InputError(MESSAGE)) == LINE


@pytest.mark.parametrize("kind", [InputError, BrokenImage])
def test_the_message_of_a_process_that_loads_data_is_whole(kind: type[InputError]):
    with pytest.raises(kind) as error:
        next(iter(DataLoader(Refused(kind), num_workers=1)))
    assert str(error.value) == LINE


def test_the_message_of_a_process_of_a_pool_is_whole():
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        pytest.raises(InputError) as error,
    ):
        pool.submit(refuse, InputError).result()
    assert str(error.value) == LINE


def test_a_message_is_found_in_a_traceback():
    with pytest.raises(InputError) as error:
        refuse(InputError)
    text = logging.Formatter().formatException(
        (type(error.value), error.value, error.value.__traceback__)
    )
    assert "a cause\nof two lines" in text
    assert raised_in(text) == LINE
    assert raised_in(text, BrokenImage) is None


@given(st.text())
def test_any_text_is_one_line_that_stays_as_it_is_when_it_is_passed_on(text: str):
    line = one_line(text)
    assert len(f"{line}.".splitlines()) == 1
    line.encode()
    assert one_line(line) == line.strip()
    error = InputError(text)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_what_can_be_read_stays_as_it_is():
    text = "Bücher/Ångström 昆虫.csv: column 'é', × and “quoted”"
    assert one_line(f"\n{text}\n") == text
    assert one_line("Apis\u00a0mellifera \ufeffa \udcff") == r"Apis\xa0mellifera \ufeffa \udcff"


@pytest.mark.parametrize(("count", "listed"), [(0, 0), (1, 1), (10, 10), (11, 10)])
def test_at_most_ten_cases_are_listed(count: int, listed: int):
    cases = [f"A{number}" for number in range(count)]
    assert first_ten(cases) == ", ".join(cases[:listed])


def test_cases_may_be_separated_otherwise():
    assert first_ten(iter("abc"), separator="; ") == "a; b; c"
