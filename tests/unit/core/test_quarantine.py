"""The share that may be quarantined, and the message where it is exceeded."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioscan.core.errors import InputError
from bioscan.core.quarantine import QUARANTINE_SCHEMA, check_share

SOURCE = Path("source/metadata.tsv")


def quarantined(count: int) -> pl.DataFrame:
    rows = [(f"A{number}", "no image") for number in range(count)]
    return pl.DataFrame(rows, schema=QUARANTINE_SCHEMA, orient="row")


@pytest.mark.parametrize(
    ("count", "total", "share"), [(0, 0, 0.0), (0, 9, 0.0), (1, 10, 0.1), (3, 3, 1.0)]
)
def test_up_to_the_share_is_accepted(count: int, total: int, share: float):
    check_share(quarantined(count), total, share, SOURCE)


@given(percent=st.integers(1, 100))
def test_the_share_itself_is_accepted_and_one_more_is_not(percent: int):
    # 0.29 * 100 is less than 29 in floating point.
    share = float(f"0.{percent:02d}") if percent < 100 else 1.0
    check_share(quarantined(percent), 100, share, SOURCE)
    with pytest.raises(InputError):
        check_share(quarantined(percent + 1), 100, share, SOURCE)


def test_the_message_names_source_share_and_the_first_ten():
    with pytest.raises(InputError) as error:
        check_share(quarantined(11), 20, 0.5, SOURCE)
    message = str(error.value)
    assert message.startswith(
        "source/metadata.tsv: 11 of 20 quarantined, more than the config's "
        "max_quarantined_share 0.5: A0: no image; A1: no image;"
    )
    assert message.endswith("A9: no image")
    assert "\n" not in message


def test_a_record_without_a_name_is_still_reported():
    rows = pl.DataFrame([(None, "no processid")], schema=QUARANTINE_SCHEMA, orient="row")
    with pytest.raises(InputError, match=r"\(no processid\): no processid"):
        check_share(rows, 1, 0.0, SOURCE)
