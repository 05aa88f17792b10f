"""What Snakemake asks of `conda`, answered by py-rattler from channels on disk.

Called by the launcher that `install` writes: `stand_in.py BASE COMMAND …`.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

import rattler
import yaml

LAUNCHER = """\
#!/bin/sh
exec '{python}' '{stand_in}' '{base}' "$@"
"""
#: Sourced with a prefix before a job.
ACTIVATE = """\
export CONDA_PREFIX="$1" PATH="$1/bin:$PATH"
"""


def install(base: Path) -> Path:
    """Put a `conda` at `base`, whose channels lie in `base/channels`; returns its folder."""
    commands = base / "bin"
    commands.mkdir(parents=True)
    launcher = LAUNCHER.format(python=sys.executable, stand_in=Path(__file__).resolve(), base=base)
    (commands / "conda").write_text(launcher)
    (commands / "conda").chmod(0o755)
    (commands / "activate").write_text(ACTIVATE)
    return commands


def create(base: Path, file: Path, prefix: Path) -> None:
    """Solve an environment's YAML and install it, as `conda env create` does.

    What pip would install comes from the channel too, which holds all that is installed here.

    Raises:
        ValueError: the YAML holds what is not understood here.
        rattler.exceptions.SolverError: no packages of the channels fit together.
    """
    asked = yaml.safe_load(file.read_text())
    if unknown := set(asked) - {"channels", "dependencies"}:
        raise ValueError(f"{file}: unknown keys {sorted(unknown)}")
    sections = [line for line in asked["dependencies"] if isinstance(line, dict)]
    specs = [line for line in asked["dependencies"] if isinstance(line, str) and line != "pip"]
    specs += [line for section in sections for line in section["pip"]]
    asyncio.run(_create(base, asked["channels"], specs, prefix))


async def _create(base: Path, channels: list[str], specs: list[str], prefix: Path) -> None:
    records = await rattler.solve(
        [rattler.Channel((base / "channels" / name).as_uri()) for name in channels],
        specs,
        gateway=rattler.Gateway(cache_dir=base / "cache" / "index"),
        platforms=["linux-64", "noarch"],
        virtual_packages=rattler.VirtualPackage.detect(),
    )
    await rattler.install(
        records, prefix, cache_dir=base / "cache" / "packages", show_progress=False
    )


def main(base: Path, arguments: list[str]) -> None:
    match arguments:
        case ["--version"]:
            print("conda 26.7.1")
        case ["info", "--json"]:
            print(json.dumps({"conda_prefix": str(base), "platform": "linux-64"}))
        case ["config", "--get", "channel_priority", "--json"]:
            print(json.dumps({"get": {"channel_priority": "strict"}}))
        case ["env", "create", *_, "--file", file, "--prefix", prefix]:
            create(base, Path(file), Path(prefix))
        case ["clean", *_]:
            pass
        case _:
            sys.exit(f"not understood: conda {' '.join(arguments)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
    sys.stdout.flush()
    # The threads of py-rattler now and then outlive the interpreter and crash.
    os._exit(0)
