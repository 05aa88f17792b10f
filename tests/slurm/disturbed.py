"""A run through profiles/slurm in which jobs are cancelled, preempted, and lose time and nodes."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.slurm.cluster import ACCOUNT, LIMIT, Cluster, call, until

RUN = "disturbed"
RESULTS = Path("results", RUN)
#: At least one job of every kind.
TARGETS = [
    f"{RESULTS}/{name}"
    for name in (
        "detect/tables/detectors.csv",
        "bioscan1m/tables/bioscan1m_table3.csv",
        "bioscan1m/tables/bioscan1m_table5.csv",
        "bioscan1m/tables/quarantine.csv",
        "bioscan1m/figures/boxes.png",
    )
]
#: Enough for one disturbed training, and for the records in one job.
FEW_TARGETS = [
    f"{RESULTS}/bioscan1m/classify/large_insect_order/resnet/ce/cropped_256/long/seed0/history.csv",
    f"{RESULTS}/bioscan1m/figures/boxes.png",
]
GROUPS = [
    "--groups",
    "simulate_records=records",
    "simulate_photographs=records",
    "ingest_records=records",
    "index_images=records",
    "clean_labels=records",
    "partition_records=records",
]
CONFIG = ["--configfile", "tests/slurm/disturbed.yaml"]
# As many threads as two cores can serve, in both runs: their number shapes the last digits.
THREADS = ["--set-threads", "train_detector=2", "train_classifier=2", "predict_boxes=1"]
THREADS += ["evaluate_classifier=1"]
#: All that differs from a user's `snakemake --profile profiles/slurm`; no conda is at hand here.
THROUGH_SLURM = [sys.executable, "-m", "snakemake", "--profile", "profiles/slurm"]
THROUGH_SLURM += ["--software-deployment-method", "env-modules"]
# After so long, and then after ten more, Snakemake asks for jobs; most of these have ended by then.
THROUGH_SLURM += ["--slurm-init-seconds-before-status-checks", "15"]

SUBMITTED = re.compile(
    r"submitted with SLURM jobid (?P<job>\d+) "
    r"\(log: \S+/results/slurm/(?:rule|group)_(?P<rule>[^/]+)/(?:(?P<wildcards>\S+)/)?\d+\.log\)"
)

#: The rule that needs more memory than it first asks for, and how much, MB.
HUNGRY = "draw_distributions"
HUNGER = 2500
#: The mark, among its checkpoints, of a training that has stopped.
STOPPED = "stopped"
#: Python runs this when it starts. A training stops in its tracks with its first checkpoint: seen
#: from outside, beside other jobs, it may have ended before it could be stopped.
STARTED = f"""
import os, pathlib, signal, sys, time
script = next((name for name in sys.orig_argv if name.endswith(".py")), "")
if script.endswith(".{HUNGRY}.py"):
    eaten = b"x" * {HUNGER * 1_000_000}
    time.sleep(5)
    del eaten
if script.endswith((".train_detector.py", ".train_classifier.py")):
    replace = os.replace

    def replace_and_stop(source, target, **options):
        replace(source, target, **options)
        path = pathlib.Path(target)
        if path.name == "last.ckpt" and not (path.parents[1] / "{STOPPED}").exists():
            (path.parents[1] / "{STOPPED}").touch()
            os.kill(os.getpid(), signal.SIGSTOP)

    os.replace = replace_and_stop
"""


@dataclass
class Disturbed:
    """Observations of a run on Slurm.

    Attributes:
        folder: the copy of the repository.
        returncode, output, seconds: of Snakemake.
        submitted: rule, wildcards and Slurm job of all submissions, in order.
        jobs: what Slurm knew of each job in the end.
        tasks: of each task that was started: job, partition, node, CUDA_VISIBLE_DEVICES.
        trainings: by what was done to them.
    """

    folder: Path
    returncode: int = -1
    output: str = ""
    seconds: float = 0
    submitted: list[tuple[str, str, str]] = field(default_factory=list)
    jobs: dict[str, dict[str, str]] = field(default_factory=dict)
    tasks: list[tuple[str, str, str, str]] = field(default_factory=list)
    trainings: dict[str, "Training"] = field(default_factory=dict)

    def jobs_of(self, rule: str, ending: str = "") -> list[dict[str, str]]:
        """The Slurm jobs of a rule whose wildcards end so, in order."""
        return [
            self.jobs[job]
            for name, wildcards, job in self.submitted
            if name == rule and (wildcards or "").endswith(ending)
        ]


@dataclass
class Training:
    """A training that something is done to.

    Attributes:
        ending: of the wildcards of its job.
        made: where its outputs and checkpoints stand.
        log: its log.
        job: the Slurm job to which it was done.
        saved: whether the job saved when it received SIGTERM.
    """

    rule: str
    ending: str
    made: Path
    log: Path
    job: str = ""
    saved: bool = False

    def received_sigterm(self) -> bool:
        """Whether its log says so."""
        self.saved = self.saved or "received SIGTERM; saved" in self.log.read_text()
        return self.saved

    def resumed(self) -> bool:
        """Whether it resumed from a checkpoint when it ran last."""
        return "resuming from" in self.log.read_text()


def run_undisturbed(folder: Path) -> Path:
    """Run the same without Slurm."""
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *TARGETS, *CONFIG, *THREADS]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=LIMIT, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder / RESULTS


def run_through_slurm(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run the workflow through the profile; its output is in `stdout`."""
    return subprocess.run(
        [*THROUGH_SLURM, *CONFIG, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT,
        check=False,
    )


def on_account(cluster: Cluster) -> list[str]:
    """The profile's first lines, as one sets them where there is an accounting database."""
    account = ["--default-resources", f"slurm_account={ACCOUNT}"]
    return account * cluster.accounting


def submissions(output: str) -> list[tuple[str, str, str]]:
    """Rule or group, wildcards and Slurm job of all submissions, in order."""
    return [found.group("rule", "wildcards", "job") for found in SUBMITTED.finditer(output)]


def disturb(cluster: Cluster, folder: Path) -> Disturbed:
    """Run the workflow through the profile, and do to its trainings what clusters do.

    The detector's runs into its time limit. Of the three classifiers' one is cancelled, one is
    preempted and one loses its node. Where there is an accounting database, which changes little,
    one classifier is trained, and cancelled; and the records are made in one job.
    """
    seen = Disturbed(folder)
    (folder / "python").mkdir()
    (folder / "python" / "sitecustomize.py").write_text(STARTED)
    wanted = [*GROUPS, "--", *FEW_TARGETS] if cluster.accounting else ["--", *TARGETS]
    command = [*THROUGH_SLURM, *on_account(cluster), *CONFIG, *THREADS, *wanted]
    output = folder / "output.txt"
    began = time.monotonic()
    with output.open("w") as stream:
        run = subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(folder / "python")},
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        seen.trainings = _disturb(cluster, folder, run, output)
        run.wait(LIMIT)
    except (subprocess.TimeoutExpired, TimeoutError) as error:
        last = " | ".join(output.read_text().splitlines()[-12:])
        raise TimeoutError(f"{cluster.state()}; Snakemake: {last}; {error}") from error
    finally:
        with suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        print(output.read_text())  # pytest shows it where something failed
    seen.seconds = time.monotonic() - began
    seen.returncode, seen.output = run.returncode, output.read_text()
    seen.submitted = submissions(seen.output)
    seen.jobs, seen.tasks = cluster.jobs(), cluster.tasks()
    return seen


def _disturb(
    cluster: Cluster, folder: Path, run: subprocess.Popen, output: Path
) -> dict[str, Training]:
    logs = folder / RESULTS / "logs"
    detector = Training(
        "train_detector",
        "trained",
        folder / RESULTS / "detect/models/trained",
        logs / "train_detector/trained.log",
    )
    path = "large_insect_order/resnet/ce/cropped_256/long"
    classifiers = [
        Training(
            "train_classifier",
            f"long_{seed}",
            folder / RESULTS / f"bioscan1m/classify/{path}/seed{seed}",
            logs / f"train_classifier/bioscan1m.{path.replace('/', '.')}.seed{seed}.log",
        )
        for seed in range(3)
    ]

    def frozen(training: Training) -> bool:
        """Whether a training has saved once, and stopped."""
        assert run.poll() is None, "the run has ended"
        if not training.job and (training.made / "checkpoints" / STOPPED).exists():
            job = next(
                job
                for rule, wildcards, job in reversed(submissions(output.read_text()))
                if rule == training.rule and (wildcards or "").endswith(training.ending)
            )
            if any(map(is_stopped, processes(job, f"{training.rule}.py", folder))):
                training.job = job
        return bool(training.job)

    if cluster.accounting:
        until(lambda: frozen(classifiers[0]), "the classifier has a checkpoint")
        call("scancel", classifiers[0].job)
        until(classifiers[0].received_sigterm, "the classifier receives SIGTERM")
        return {"cancelled": classifiers[0]}

    until(lambda: frozen(detector), "the detector has a checkpoint")
    # When the time is over, Slurm continues it and sends SIGTERM.
    call("scontrol", "update", f"JobId={detector.job}", "TimeLimit=1")
    until(
        lambda: all([detector.received_sigterm(), *map(frozen, classifiers)]),
        "the detector receives SIGTERM, and the classifiers have checkpoints",
    )

    nodes = {one.job: cluster.jobs()[one.job]["NodeList"] for one in classifiers}
    preempted = classifiers[0]
    failing = next(one for one in classifiers if nodes[one.job] != nodes[preempted.job])
    (cancelled,) = (one for one in classifiers if one not in (preempted, failing))

    call("scancel", cancelled.job)
    until(cancelled.received_sigterm, "a classifier receives SIGTERM")

    where = [f"--nodelist={nodes[preempted.job]}", "--nodes=1", "--exclusive", "--mem=100"]
    call("sbatch", "--partition=urgent", *where, "--output=/dev/null", "--wrap=true")
    until(preempted.received_sigterm, "a preempted classifier receives SIGTERM")
    cluster.kill_node(nodes[failing.job])
    return {
        "out of time": detector,
        "cancelled": cancelled,
        "preempted": preempted,
        "node down": failing,
    }


def is_stopped(process: int) -> bool:
    """Whether a process waits for SIGCONT."""
    with suppress(OSError):
        return "\nState:\tT" in Path(f"/proc/{process}/status").read_text()
    return False


def processes(job: str, script: str, folder: Path) -> list[int]:
    """The processes of a Slurm job that run a script of a copy of the repository."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (process / "cmdline").read_text()
            environment = (process / "environ").read_bytes().split(b"\0")
            if (
                str(folder) in command
                and script in command
                and "-m\0snakemake" not in command
                and f"SLURM_JOB_ID={job}".encode() in environment
            ):
                found.append(int(process.name))
    return found
