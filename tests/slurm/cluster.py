"""A Slurm of one's own on one host: real daemons, fake GPUs; no systemd, no cgroups.

Its configuration is linked into /etc/slurm while it runs, because Snakemake's executor drops
SLURM_CONF before the inner `srun`. What stood there is put back.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

ETC = Path("/etc/slurm")
CONFIGURED = ("slurm.conf", "gres.conf", "slurmdbd.conf")
#: What a configuration that was there is called meanwhile.
ASIDE = ".before-bioscan-tests"

NEEDED = ("munged", "munge", "slurmctld", "slurmd", "sbatch")
NEEDED_FOR_ACCOUNTING = ("slurmdbd", "sacctmgr", "mariadbd", "mariadb-install-db")

#: Node → its GPUs. The partition `gpu` has those with GPUs, `cpu` the other.
NODES = {"bioscan-c1": 0, "bioscan-g1": 2, "bioscan-g2": 2}
CPUS_OF_A_NODE = 4
#: Seconds after which something has failed, and is not only slow.
LIMIT = 1200
ACCOUNT = "bioscan"

# Memory is fake and what a job uses is measured: one that uses more than it asked for is killed.
# A requeued job may start after cred_expire seconds; JobRequeue=0 leaves requeuing to the profile.
# Jobs are remembered (MinJobAge) until the tests have looked at them.
SLURM_CONF = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=30
CredType=cred/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
TaskProlog={folder}/prolog
SwitchType=switch/none
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
MailProg=/bin/true
ReturnToService=0
KillWait=120
MinJobAge=3600
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0,sched_min_interval=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
JobRequeue=0
EnforcePartLimits=ALL
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
GresTypes=gpu
SlurmdParameters=config_overrides
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
{accounting}
{nodes}
PartitionName=cpu Nodes=bioscan-c1 Default=YES
PartitionName=gpu Nodes=bioscan-g[1-2] PriorityTier=1
PartitionName=urgent Nodes=bioscan-g[1-2] PriorityTier=2
"""

NO_ACCOUNTING = "AccountingStorageType=accounting_storage/none"
ACCOUNTING = """\
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={database}
AccountingStorageUser=root
AccountingStoragePass={folder}/munge.socket
AccountingStorageEnforce=associations
AccountingStorageTRES=gres/gpu"""

# The name of the host, not its number: slurmdbd compares it with its own.
SLURMDBD_CONF = """\
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
DbdHost={host}
DbdAddr=127.0.0.1
DbdPort={database}
SlurmUser=root
LogFile={folder}/slurmdbd.log
PidFile={folder}/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={sql}
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm
"""

SQL = """\
create database slurm;
create user 'slurm'@'127.0.0.1' identified by 'slurm';
grant all on slurm.* to 'slurm'@'127.0.0.1';"""

#: Slurm runs this before each task: what the task sees.
PROLOG = """\
#!/bin/sh
echo "$SLURM_JOB_ID $SLURM_JOB_PARTITION $SLURMD_NODENAME ${{CUDA_VISIBLE_DEVICES:-none}}" \\
    >> {folder}/tasks.txt
"""


def until(condition: Callable[[], T], what: str, seconds: float = LIMIT) -> T:
    """Ask until the answer is true, and return it."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(0.05)
    return answer


def call(*command: str, text: str | None = None) -> str:
    """Run a command and return what it prints."""
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        input=text,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}")
    return done.stdout


def succeeds(*command: str) -> bool:
    """Whether a command ends well, and soon."""
    with suppress(subprocess.TimeoutExpired):
        return not subprocess.run(command, capture_output=True, timeout=10, check=False).returncode
    return False


def why_not(*, accounting: bool) -> str | None:
    """The reason why no Slurm can be started here, if there is one."""
    if os.geteuid():
        return "must be root to start a Slurm"
    needed = NEEDED + NEEDED_FOR_ACCOUNTING * accounting
    if missing := [name for name in needed if not shutil.which(name, path=search_path())]:
        return f"not installed: {', '.join(missing)}"
    if (ETC / "slurm.conf").exists() and succeeds("scontrol", "ping"):
        return "this host belongs to a Slurm already"
    return None


def search_path() -> str:
    """Where Debian puts daemons too."""
    return f"{os.environ['PATH']}:/usr/sbin:/sbin"


def free_ports(number: int) -> list[int]:
    """Ports that nobody uses now."""
    sockets = [socket.socket() for _ in range(number)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Cluster:
    """A controller, three nodes, and what they need, in a folder. Use it in a `with`."""

    def __init__(self, folder: Path, *, accounting: bool) -> None:
        self.folder, self.accounting = folder, accounting
        self.daemons: dict[str, subprocess.Popen] = {}
        self.host = socket.gethostname().split(".")[0]

    def __enter__(self) -> "Cluster":
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def restart(self) -> None:
        """Begin anew, with all nodes and without any job."""
        self.stop()
        self.folder /= "again"
        self.folder.mkdir()
        self._start()

    def _start(self) -> None:
        self.folder.chmod(0o755)
        self._start_munge()
        self._configure()
        if self.accounting:
            self._start_accounting()
        self._daemon("slurmctld", "slurmctld", "-D", "-i")
        self._answers("slurmctld", "scontrol", "ping")
        for node in NODES:
            self._daemon(node, "slurmd", "-D", "-N", node)
        until(lambda: set(self.nodes().values()) == {"idle"}, "all nodes are idle")

    def _daemon(self, name: str, *command: str) -> None:
        home = self._home(name)
        home.mkdir()
        with (self.folder / f"{name}.out").open("w") as output:
            self.daemons[name] = subprocess.Popen(
                command,
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=os.environ | {"PATH": search_path()},
                start_new_session=True,
            )

    def _answers(self, name: str, *command: str) -> None:
        """Wait for a daemon, and give its words where it ends instead."""

        def answers() -> bool:
            if self.daemons[name].poll() is not None:
                raise RuntimeError(f"{name}: {(self.folder / f'{name}.out').read_text()}")
            return succeeds(*command)

        until(answers, f"{name} answers")

    def _home(self, name: str) -> Path:
        """Where a daemon runs, and the slurmstepds that it starts: they are known by it alone."""
        return self.folder / f"home-{name}"

    def _start_munge(self) -> None:
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o600)
        files = {"key-file": key, "socket": self.folder / "munge.socket"}
        files |= {f"{kind}-file": self.folder / f"munge.{kind}" for kind in ("pid", "log", "seed")}
        options = [f"--{name}={path}" for name, path in files.items()]
        self._daemon("munged", "munged", "--foreground", "--force", *options)
        self._answers("munged", "munge", "-n", "-S", str(files["socket"]))

    def _configure(self) -> None:
        controller, database, self.sql, *ports = free_ports(3 + len(NODES))
        names = {"folder": self.folder, "host": self.host, "controller": controller}
        names |= {"database": database, "sql": self.sql}
        nodes = "\n".join(
            f"NodeName={node} NodeHostname={self.host} NodeAddr=127.0.0.1 Port={port} "
            f"CPUs={CPUS_OF_A_NODE} RealMemory=256000" + f" Gres=gpu:{gpus}" * bool(gpus)
            for (node, gpus), port in zip(NODES.items(), ports, strict=True)
        )
        accounting = ACCOUNTING if self.accounting else NO_ACCOUNTING
        accounting = accounting.format(**names)
        files = {
            "slurm.conf": SLURM_CONF.format(**names, nodes=nodes, accounting=accounting),
            "gres.conf": "NodeName=bioscan-g[1-2] Name=gpu File=/dev/null\n"
            "NodeName=bioscan-g[1-2] Name=gpu File=/dev/zero\n",
            "slurmdbd.conf": SLURMDBD_CONF.format(**names),
        }
        (self.folder / "prolog").write_text(PROLOG.format(**names))
        (self.folder / "prolog").chmod(0o755)
        (self.folder / "state").mkdir()
        ETC.mkdir(exist_ok=True)
        put_back()
        for name, text in files.items():
            (self.folder / name).write_text(text)
            (self.folder / name).chmod(0o600 if name == "slurmdbd.conf" else 0o644)
            if (ETC / name).is_symlink() or (ETC / name).exists():
                (ETC / name).rename(ETC / (name + ASIDE))
            (ETC / name).symlink_to(self.folder / name)

    def _start_accounting(self) -> None:
        data, door = self.folder / "sql", self.folder / "sql.socket"
        install = ["mariadb-install-db", "--no-defaults", "--user=root", f"--datadir={data}"]
        call(*install, "--auth-root-authentication-method=socket", "--skip-test-db")
        where = [f"--datadir={data}", f"--socket={door}", f"--pid-file={self.folder}/sql.pid"]
        reached = ["--bind-address=127.0.0.1", f"--port={self.sql}", "--skip-name-resolve"]
        self._daemon("mariadbd", "mariadbd", "--no-defaults", "--user=root", *where, *reached)
        client = ["--no-defaults", "-uroot", "-S", str(door)]
        self._answers("mariadbd", "mariadb-admin", *client, "ping")
        call("mariadb", *client, text=SQL)
        self._daemon("slurmdbd", "slurmdbd", "-D")
        self._answers("slurmdbd", "sacctmgr", "-n", "list", "cluster")
        call("sacctmgr", "-i", "add", "cluster", "test")
        call("sacctmgr", "-i", "add", "account", ACCOUNT, f"Description={ACCOUNT}")
        call("sacctmgr", "-i", "add", "user", "root", f"account={ACCOUNT}")

    def stop(self) -> None:
        """End all jobs and daemons, and put back what stood in /etc/slurm."""
        if "slurmctld" in self.daemons:
            succeeds("scancel", "--user=root", "--signal=KILL", "--full")
            succeeds("scancel", "--user=root")
        for node in NODES:
            self.signal_tasks(node, signal.SIGKILL)
        for daemon in reversed(self.daemons.values()):
            daemon.terminate()
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        self.daemons.clear()
        for name in CONFIGURED:
            link = ETC / name
            if link.is_symlink() and link.readlink() == self.folder / name:
                link.unlink()
        put_back()

    def nodes(self) -> dict[str, str]:
        """Node → its state."""
        lines = call("sinfo", "--Node", "--noheader", "--format=%N %T").splitlines()
        return dict(line.split() for line in lines)

    def jobs(self) -> dict[str, dict[str, str]]:
        """Job → what Slurm knows of it; also those that ended in the last minutes."""
        lines = call("scontrol", "show", "job", "--oneliner").splitlines()
        jobs = [dict(part.partition("=")[::2] for part in line.split()) for line in lines]
        return {job["JobId"]: job for job in jobs if "JobId" in job}

    def state(self) -> str:
        """One line of the jobs that have not ended and of the nodes, for messages."""
        fields = ("JobId", "JobName", "JobState", "Reason", "Restarts", "NodeList")
        waiting = [
            " ".join(job.get(field, "") for field in fields)
            for job in self.jobs().values()
            if job["JobState"] != "COMPLETED"
        ]
        return f"jobs: {waiting}; nodes: {self.nodes()}"

    def tasks(self) -> list[tuple[str, str, str, str]]:
        """Each task that was started: job, partition, node, CUDA_VISIBLE_DEVICES."""
        seen = self.folder / "tasks.txt"
        return [tuple(line.split()) for line in seen.read_text().splitlines()]

    def kill_node(self, node: str) -> None:
        """Lose a node with all that runs on it, as when its power fails."""
        self.daemons[node].kill()
        self.daemons[node].wait()
        # Nothing may tell the controller of the end of the others.
        self.signal_tasks(node, signal.SIGSTOP)
        # As the controller finds by itself after SlurmdTimeout.
        call("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=test")
        self.signal_tasks(node, signal.SIGKILL)

    def signal_tasks(self, node: str, number: signal.Signals) -> None:
        """Send a signal to everything that a node's slurmd has started, slurmstepd first."""
        keepers, tasks = [], []
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if path.joinpath("cwd").readlink() == self._home(node):
                    keepers.append(int(path.name))
                elif f"SLURMD_NODENAME={node}\0".encode() in (path / "environ").read_bytes():
                    tasks.append(int(path.name))
        for process in keepers + tasks:
            with suppress(ProcessLookupError):
                os.kill(process, number)


def put_back() -> None:
    """Put back what stood in /etc/slurm, also where a test was killed before it could."""
    for name in CONFIGURED:
        aside = ETC / (name + ASIDE)
        if aside.is_symlink() or aside.exists():
            aside.replace(ETC / name)
