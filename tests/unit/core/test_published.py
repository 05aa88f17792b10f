"""Images have the names of their published members (5M §A1.4)."""

import hashlib

import polars as pl
import pytest

from bioscan.core.published import CHUNK_DIGITS, chunks, member_name


def test_chunks_are_the_first_digits_of_the_md5_of_the_processid():
    processid = pl.Series(["A1-21", "A1-21", "A1-21", "A1-21", "A1-21"])
    split = pl.Series(["pretrain", "train", "other_heldout", "val", None])
    digest = hashlib.md5(b"A1-21").hexdigest()
    assert chunks(processid, split).to_list() == [digest[:2], digest[:1], digest[:1], None, None]
    assert set(CHUNK_DIGITS) == {"pretrain", "train", "other_heldout"}


def test_images_of_1m_lie_in_numbered_parts():
    records = pl.DataFrame({"image_part": [113, None], "image_file": ["5351601.jpg", "a.jpg"]})
    assert records.select(member_name("bioscan1m", "cropped_256")).to_series().to_list() == [
        "bioscan/images/cropped_256/part113/5351601.jpg",
        None,
    ]


@pytest.mark.parametrize(
    ("split", "chunk", "member"),
    [
        ("pretrain", "00", "bioscan5m/images/original_full/pretrain/00/A1-21.jpg"),
        ("val", "", "bioscan5m/images/original_full/val/A1-21.jpg"),
        ("val", None, "bioscan5m/images/original_full/val/A1-21.jpg"),
        (None, "", None),
    ],
)
def test_images_of_5m_lie_by_split_and_chunk(split: str | None, chunk: str | None, member):
    record = pl.DataFrame(
        {"processid": ["A1-21"], "split": [split], "chunk": [chunk]},
        schema=dict.fromkeys(("processid", "split", "chunk"), pl.String),
    )
    assert record.select(member_name("bioscan5m", "original_full")).item() == member
