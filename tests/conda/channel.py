"""A conda channel on disk, made from the packages that are installed here.

The public channels may be out of reach, and a copy of torch and CUDA takes 5 GB. So a package of
this channel holds links to the files of the installed one, with the name, the version and the
dependencies that its wheel states: all packages together take seconds and a few MB. Python is a
virtual environment of the interpreter that runs the tests.
"""

import hashlib
import io
import json
import platform
import shutil
import sys
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.workflow.rules import PROGRAMS, REQUIREMENT_OF_CONDA

SUBDIR = "linux-64"
#: Files of no use where nothing is compiled: a quarter of all.
HEADERS = {".cuh", ".h", ".hpp", ".pyi"}
CONDA_NAMES = {requirement: conda for conda, requirement in REQUIREMENT_OF_CONDA.items()}


def make_channel(folder: Path, names: Iterable[str]) -> None:
    """Write a channel of Python and of installed packages with all that they depend on.

    Args:
        folder: the channel; its last part is its name.
        names: the packages, as PyPI calls them.
    """
    for subdir in (SUBDIR, "noarch"):
        (folder / subdir).mkdir(parents=True)
    packages = {}
    pending = {canonicalize_name(name) for name in names}
    done: set[str] = set()
    while pending:
        name = pending.pop()
        done.add(name)
        package = distribution(name)
        required = list(_requirements(package))
        pending |= {canonicalize_name(one.name) for one in required} - done
        index = {
            "name": conda_name(name),
            "version": package.version,
            "depends": sorted({"python", *map(_match_spec, required)}),
        }
        packages |= _write(folder / SUBDIR, index, links=_files(package))
    packages |= _write(folder / SUBDIR, **_python())
    _write_index(folder / SUBDIR, packages)
    _write_index(folder / "noarch", {})


def make_program_channel(folder: Path, versions: Mapping[str, str]) -> None:
    """Write a channel of packages that hold programs, with links to those that are installed here.

    Args:
        versions: of each package, as environments ask for them, whatever is installed.
    """
    for subdir in (SUBDIR, "noarch"):
        (folder / subdir).mkdir(parents=True)
    packages = {}
    for name, version in versions.items():
        found = {program: shutil.which(program) for program in PROGRAMS[name]}
        links = {f"bin/{program}": Path(path) for program, path in found.items() if path}
        index = {"name": name, "version": version, "depends": []}
        packages |= _write(folder / SUBDIR, index, links=links)
    _write_index(folder / SUBDIR, packages)
    _write_index(folder / "noarch", {})


def conda_name(name: str) -> str:
    """The name of a PyPI package on conda-forge."""
    return CONDA_NAMES.get(canonicalize_name(name), canonicalize_name(name))


def _requirements(package: Distribution, extra: str = "") -> Iterator[Requirement]:
    """The requirements of a package here, with those of its extras."""
    for line in package.requires or []:
        required = Requirement(line)
        if required.marker is None or required.marker.evaluate({"extra": extra}):
            yield required
            for inner in required.extras:
                yield from _requirements(distribution(required.name), inner)


def _match_spec(required: Requirement) -> str:
    return f"{conda_name(required.name)} {required.specifier}".strip()


def _files(package: Distribution) -> dict[str, Path]:
    """The installed files by their place in a prefix, but no launchers: no rule calls one."""
    site_packages = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    return {
        f"{site_packages}/{file}": Path(file.locate())
        for file in package.files or []
        if ".." not in file.parts and file.suffix not in HEADERS
    }


def _python() -> dict:
    interpreter = Path(sys.executable).resolve()
    minor = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return {
        "index": {"name": "python", "version": platform.python_version(), "depends": []},
        "links": dict.fromkeys(("bin/python", "bin/python3", f"bin/{minor}"), interpreter),
        "texts": {
            "pyvenv.cfg": f"home = {interpreter.parent}\ninclude-system-site-packages = false\n"
        },
    }


def _write(
    folder: Path, index: dict, links: dict[str, Path], texts: dict[str, str] | None = None
) -> dict[str, dict]:
    """Write a package of links and texts; returns its entry in the channel's index."""
    texts = texts or {}
    index = index | {"build": "local_0", "build_number": 0, "subdir": SUBDIR, "timestamp": 0}
    paths = [{"_path": path, "path_type": "softlink"} for path in links]
    paths += [{"_path": path, "path_type": "hardlink"} for path in texts]
    info = {
        "info/index.json": json.dumps(index),
        "info/paths.json": json.dumps({"paths": paths, "paths_version": 1}),
    }
    file = folder / f"{index['name']}-{index['version']}-{index['build']}.tar.bz2"
    with tarfile.open(file, "w:bz2", compresslevel=1) as tar:
        for path, text in (info | texts).items():
            member = tarfile.TarInfo(path)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
        for path, target in links.items():
            member = tarfile.TarInfo(path)
            member.type, member.linkname = tarfile.SYMTYPE, str(target)
            tar.addfile(member)
    content = file.read_bytes()
    return {
        file.name: index | {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    }


def _write_index(folder: Path, packages: dict[str, dict]) -> None:
    index = {"info": {"subdir": folder.name}, "packages": packages, "packages.conda": {}}
    (folder / "repodata.json").write_text(json.dumps(index))
