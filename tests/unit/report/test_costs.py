"""Costs of rules."""

import logging
from pathlib import Path

import polars as pl
import pytest

from bioscan.report.costs import costs_page, duration, memory, read_benchmarks, tabulate

HEADER = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"
STAGES = {"train": "classify", "crop": "image", "pack": "image"}


def write(folder: Path, rule: str, job: str, seconds: float, megabytes: str, cpu: str) -> None:
    path = folder / rule / f"{job}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{HEADER}{seconds}\t0:00:01\t{megabytes}\t1\t1\t1\t1\t1\t1\t{cpu}\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "train", "a", 100, "2000", "150")
    write(tmp_path, "train", "b", 50, "3000.4", "60")
    write(tmp_path, "pack", "a", 1, "NA", "NA")
    write(tmp_path, "crop", "a", 2, "0.00", "1")
    return tmp_path


def all_of(folder: Path) -> pl.DataFrame:
    return read_benchmarks(folder, folder.rglob("*.tsv"))


def test_jobs_of_a_rule_are_added_up_and_the_largest_is_named(folder: Path):
    costs = tabulate(all_of(folder), STAGES, ["image", "classify"])
    assert costs["rule"].to_list() == ["crop", "pack", "train"]
    assert costs.row(2) == ("classify", "train", 2, 150, 100, 210, 3000)


def test_memory_that_was_not_seen_is_missing(folder: Path):
    costs = tabulate(all_of(folder), STAGES, ["image", "classify"])
    assert costs["greatest_memory_mb"].to_list()[:2] == [None, None]
    assert costs["seconds"].to_list()[:2] == [2, 1]


def test_what_is_no_benchmark_is_left_out_aloud(folder: Path, caplog):
    (folder / "train" / "c.tsv").write_text("x\n1\n")
    with caplog.at_level(logging.WARNING):
        costs = tabulate(all_of(folder), STAGES, ["image", "classify"])
    assert costs["jobs"].sum() == 4
    assert "c.tsv: no benchmark" in caplog.text


def test_costs_are_of_the_jobs_of_the_plan_and_one_without_a_benchmark_is_counted(folder, caplog):
    """The job b of train is of a model that was removed; c was copied without its benchmark."""
    plan = [folder / "train" / f"{job}.tsv" for job in ("a", "c")]
    with caplog.at_level(logging.WARNING):
        costs = tabulate(read_benchmarks(folder, plan), STAGES, ["image", "classify"])
    assert costs.select("rule", "jobs", "seconds").rows() == [("train", 1, 100)]
    assert "without a benchmark: 1" in caplog.text and "c.tsv" in caplog.text


def test_the_benchmark_of_a_job_may_lie_deeper(folder: Path):
    write(folder, "crop/weights", "deep", 9, "9", "9")
    costs = tabulate(all_of(folder), STAGES, ["image", "classify"])
    assert costs.filter(rule="crop")["jobs"].item() == 2


def test_a_run_without_benchmarks_has_an_empty_table(tmp_path: Path):
    costs = tabulate(read_benchmarks(tmp_path, []), STAGES, ["image", "classify"])
    assert costs.height == 0 and "0.0 s" in costs_page(costs)


def test_the_page_has_every_rule_and_their_sum(folder: Path):
    page = costs_page(tabulate(all_of(folder), STAGES, ["image", "classify"]))
    for text in ("<td>crop</td>", "3 min", "2 min", "3.0 GB", '<td class="n">4</td>'):
        assert text in page


def test_times_and_memory_are_written_as_people_say_them():
    assert [duration(s) for s in (0.04, 12, 90, 5400)] == ["0.0 s", "12 s", "2 min", "1.5 h"]
    assert [memory(m) for m in (None, 76.4, 3725)] == ["–", "76 MB", "3.7 GB"]
