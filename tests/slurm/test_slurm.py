"""The workflow through profiles/slurm, on real daemons, where jobs do not live undisturbed."""

from pathlib import Path

import pytest

from tests.slurm.cluster import Cluster
from tests.slurm.disturbed import (
    HUNGER,
    HUNGRY,
    RUN,
    Disturbed,
    Training,
    on_account,
    run_through_slurm,
)
from tests.workflow.runs import contents, copy_repository

GPU_RULES = {
    "train_detector",
    "evaluate_detector",
    "predict_boxes",
    "train_classifier",
    "evaluate_classifier",
}


def test_all_ends_well_and_as_without_slurm(disturbed: Disturbed, undisturbed):
    assert disturbed.returncode == 0
    assert "(100%) done" in disturbed.output
    results = disturbed.folder / "results" / RUN
    found, expected = contents(results), contents(undisturbed)
    assert found == {name: expected[name] for name in found}
    assert len(found) == len(expected) or set(disturbed.trainings) == {"cancelled"}
    assert not list(results.rglob("checkpoints"))
    assert not list(results.rglob("*.partial"))


def test_jobs_with_a_gpu_run_where_the_gpus_are(disturbed: Disturbed):
    partitions = {
        rule: {job["Partition"] for job in disturbed.jobs_of(rule)}
        for rule, _, _ in disturbed.submitted
    }
    assert partitions == {rule: {"gpu" if rule in GPU_RULES else "cpu"} for rule in partitions}


def test_each_job_sees_the_gpu_that_it_was_given(disturbed: Disturbed):
    rules = {job: rule for rule, _, job in disturbed.submitted}
    for job, _, _, gpus in disturbed.tasks:
        if job in rules:
            assert gpus in ({"0", "1"} if rules[job] in GPU_RULES else {"none"})
    # Trainings that ran on a node at the same time had one each.
    mine = {one.job for one in disturbed.trainings.values() if one.rule == "train_classifier"}
    first = {task[0]: task[2:] for task in reversed(disturbed.tasks) if task[0] in mine}
    assert len(set(first.values())) == len(first) == len(mine)


def training(disturbed: Disturbed, fate: str) -> tuple[Training, list[dict[str, str]]]:
    """The training that a fate struck, and its jobs."""
    struck = disturbed.trainings[fate]
    return struck, disturbed.jobs_of(struck.rule, struck.ending)


def ended(disturbed: Disturbed, fate: str, state: str) -> None:
    """A training saved when its job ended in a state, and resumed in another job."""
    struck, jobs = training(disturbed, fate)
    assert struck.saved
    assert jobs[0]["JobId"] == struck.job
    assert [job["JobState"] for job in jobs] == [state, "COMPLETED"]
    assert struck.resumed()


def test_a_training_that_is_cancelled_saves_and_resumes_in_another_job(disturbed: Disturbed):
    ended(disturbed, "cancelled", "CANCELLED")


without_database = pytest.mark.parametrize("cluster", [False], indirect=True)
with_database = pytest.mark.parametrize("cluster", [True], indirect=True)


@without_database
def test_a_training_that_is_out_of_time_saves_and_resumes_in_another_job(disturbed: Disturbed):
    ended(disturbed, "out of time", "TIMEOUT")


@without_database
def test_a_training_that_is_preempted_saves_and_is_requeued(disturbed: Disturbed):
    struck, (job,) = training(disturbed, "preempted")
    assert struck.saved
    assert job["JobState"] == "COMPLETED"
    assert int(job["Restarts"]) >= 1
    assert struck.resumed()


@without_database
def test_a_training_whose_node_goes_down_is_requeued_on_another(disturbed: Disturbed):
    struck, (job,) = training(disturbed, "node down")
    assert job["JobState"] == "COMPLETED"
    assert int(job["Restarts"]) >= 1
    nodes = [node for number, _, node, _ in disturbed.tasks if number == struck.job]
    assert nodes[0] != nodes[-1]
    assert struck.resumed()


@without_database
def test_all_kinds_of_jobs_were_there(disturbed: Disturbed):
    assert {rule for rule, _, _ in disturbed.submitted} >= GPU_RULES | {"pack_images"}


def test_a_job_that_is_killed_for_memory_is_given_more(disturbed: Disturbed):
    killed, again = disturbed.jobs_of(HUNGRY)
    assert (killed["JobState"], again["JobState"]) == ("FAILED", "COMPLETED")
    memory = [int(job["MinMemoryNode"].removesuffix("M")) for job in (killed, again)]
    assert memory[0] < HUNGER < memory[1] == 2 * memory[0]


@with_database
def test_where_there_is_a_database_sacct_will_do(cluster: Cluster, tmp_path: Path):
    """For clusters that forget jobs too soon for squeue; see the README."""
    target = f"results/{RUN}/detect/sets/wells_val/instances.json"
    options = ["--slurm-status-command", "sacct", *on_account(cluster)]
    done = run_through_slurm(copy_repository(tmp_path), *options, "--", target)
    assert done.returncode == 0, done.stdout
    assert (tmp_path / target).exists()


@with_database
def test_jobs_of_a_group_share_one(disturbed: Disturbed):
    names = [name for name, _, _ in disturbed.submitted]
    (group,) = (name for name in names if name.startswith("records_"))
    assert "clean_labels" in group and "clean_labels" not in names
