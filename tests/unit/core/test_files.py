"""Files appear complete or not at all, however the writer ends."""

import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from bioscan.core import files
from bioscan.core.files import atomic, digest, write_csv, write_json, write_model, write_parquet

#: Writes half of a file, reports it, and then waits.
WRITER = """
import sys, time
from pathlib import Path
from bioscan.core.files import atomic
with atomic(Path(sys.argv[1])) as partial:
    partial.write_bytes(b"half")
    print("writing", flush=True)
    time.sleep(60)
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def killed_while_writing(path: Path) -> None:
    """Start a process that writes to a path, and kill it midway."""
    library = str(Path(files.__file__).parents[2])
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": library},
    )
    assert writer.stdout.readline() == b"writing\n"
    writer.kill()
    assert writer.wait() == -signal.SIGKILL
    writer.stdout.close()


def test_a_file_appears_when_it_is_complete(tmp_path: Path):
    target = tmp_path / "a.txt"
    with atomic(target) as partial:
        partial.write_text("all")
        assert partial.parent == tmp_path
        assert not target.exists()
    assert target.read_text() == "all"
    assert names(tmp_path) == ["a.txt"]


def test_missing_folders_are_made(tmp_path: Path):
    with atomic(tmp_path / "b" / "c" / "a.txt") as partial:
        partial.write_text("all")
    assert (tmp_path / "b" / "c" / "a.txt").read_text() == "all"


def test_a_file_is_as_readable_as_any_other(tmp_path: Path):
    with atomic(tmp_path / "a.txt") as partial:
        partial.write_text("all")
    (tmp_path / "plain.txt").write_text("all")
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a.txt", "plain.txt")]
    assert modes[0] == modes[1]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_exception_leaves_nothing(tmp_path: Path, error: type[BaseException]):
    with pytest.raises(error), atomic(tmp_path / "a.txt") as partial:
        partial.write_text("half")
        raise error
    assert names(tmp_path) == []


def test_an_exception_leaves_the_file_that_was_there(tmp_path: Path):
    target = tmp_path / "a.txt"
    target.write_text("before")
    with pytest.raises(ValueError), atomic(target) as partial:
        partial.write_text("half")
        raise ValueError
    assert target.read_text() == "before"


def test_a_killed_process_leaves_no_target_and_the_next_writer_cleans_up(tmp_path: Path):
    target = tmp_path / "a.txt"
    killed_while_writing(target)
    assert not target.exists()
    assert len(names(tmp_path)) == 1
    with atomic(target) as partial:
        partial.write_text("all")
    assert names(tmp_path) == ["a.txt"]


def test_the_newest_writer_wins(tmp_path: Path):
    target = tmp_path / "a.txt"
    with pytest.raises(FileNotFoundError), atomic(target) as older:
        older.write_text("older")
        with atomic(target) as newer:
            newer.write_text("newer")
    assert target.read_text() == "newer"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("longer", ["a.txt.gz", "a.txt.partial", "a.txt.b.partial"])
def test_a_writer_keeps_files_that_only_begin_with_its_name(tmp_path: Path, longer: str):
    with atomic(tmp_path / longer) as other:
        other.write_text("other")
        with atomic(tmp_path / "a.txt") as partial:
            partial.write_text("all")
    assert names(tmp_path) == sorted(["a.txt", longer])


def test_names_with_wildcards_are_taken_literally(tmp_path: Path):
    (tmp_path / ".[ab].12345678.partial").write_text("left by a killed process")
    (tmp_path / ".a.12345678.partial").write_text("of another file")
    with atomic(tmp_path / "[ab]") as partial:
        partial.write_text("all")
    assert names(tmp_path) == [".a.12345678.partial", "[ab]"]


def test_tables_are_read_back_unchanged(tmp_path: Path):
    table = pl.DataFrame({"processid": ["A1", None], "count": [1, 2]})
    write_parquet(table, tmp_path / "a.parquet")
    write_csv(table, tmp_path / "a.csv")
    assert pl.read_parquet(tmp_path / "a.parquet").equals(table)
    assert (tmp_path / "a.csv").read_text() == "processid,count\nA1,1\n,2\n"
    assert names(tmp_path) == ["a.csv", "a.parquet"]


def test_json_is_read_back_unchanged(tmp_path: Path):
    value = {"a": [1, 2.5, None], "b": "ß"}
    write_json(value, tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text()) == value


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_json_has_no_nan(tmp_path: Path, number: float):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json({"loss": number}, tmp_path / "a.json")
    assert names(tmp_path) == []


def test_the_digest_covers_the_whole_file(tmp_path: Path):
    data = bytes(range(256)) * 5000  # more than one block
    (tmp_path / "a").write_bytes(data)
    assert digest(tmp_path / "a") == hashlib.md5(data).hexdigest()
    assert digest(tmp_path / "a", "sha256") == hashlib.sha256(data).hexdigest()


def test_a_model_is_written_without_what_else_its_library_writes(tmp_path: Path):
    def save(folder: Path) -> None:
        for name in ("config.json", "model.safetensors", "README.md"):
            (folder / name).write_text(name)

    write_model(save, tmp_path / "model")
    assert names(tmp_path / "model") == ["config.json", "model.safetensors"]
    assert (tmp_path / "model" / "config.json").read_text() == "config.json"


def test_a_model_that_cannot_be_saved_leaves_the_one_before(tmp_path: Path):
    def fail(folder: Path) -> None:
        (folder / "config.json").write_text("new")
        raise RuntimeError

    (tmp_path / "config.json").write_text("old")
    with pytest.raises(RuntimeError):
        write_model(fail, tmp_path)
    assert names(tmp_path) == ["config.json"]
    assert (tmp_path / "config.json").read_text() == "old"
