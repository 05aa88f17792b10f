"""Which files of this repository a script runs, found by reading its imports.

Snakemake reruns a job when one of its inputs changes, but does not look at imported modules. Rules
therefore list their script and every module behind it as `input: code=…`, and an edit to a module
reruns exactly what imports it.
"""

import ast
import os
from functools import cache
from pathlib import Path

LIBRARY = Path("workflow", "lib")
PACKAGE = "bioscan"


@cache
def code_of(script: str, root: Path) -> tuple[str, ...]:
    """The script and all library modules that it imports, directly or not.

    Args:
        script: path of the script, relative to `root`.
        root: the repository.

    Returns:
        Paths relative to the working directory, the script first, then the modules in order.
    """
    found: set[Path] = set()
    pending = [Path(script)]
    while pending:
        path = pending.pop()
        if path not in found:
            found.add(path)
            pending.extend(_imported_modules(root / path, root))
    modules = sorted(found - {Path(script)})
    return tuple(os.path.relpath(root / path) for path in (Path(script), *modules))


def third_party_imports(path: Path) -> set[str]:
    """Top-level names of the packages that a file imports, this project's own left out."""
    return {name.split(".")[0] for name in _imported_names(path)} - {PACKAGE}


@cache
def _imported_modules(path: Path, root: Path) -> tuple[Path, ...]:
    modules: list[Path] = []
    for name in _imported_names(path):
        parts = name.split(".")
        if parts[0] != PACKAGE:
            continue
        # Importing a.b.c runs a/__init__.py and a/b/__init__.py too. The last part of a name may
        # be an attribute (from a.b import f gives a.b.f), which is then no file.
        for depth in range(1, len(parts) + 1):
            base = LIBRARY.joinpath(*parts[:depth])
            modules += [
                candidate
                for candidate in (base / "__init__.py", base.with_suffix(".py"))
                if (root / candidate).is_file()
            ]
    return tuple(modules)


@cache
def _imported_names(path: Path) -> frozenset[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(), filename=str(path))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise SyntaxError(f"{path}: relative imports are not followed, write them in full")
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(names)
