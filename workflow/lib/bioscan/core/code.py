"""The code that a script runs, as one digest: a rule reruns when it changes, and only then.

Snakemake watches scripts by modification time and no imported modules, so a fresh checkout would
rerun days of GPU work, and an edit to a module nothing. Each rule therefore has the digest of its
script, and of every module behind it, as a parameter, which Snakemake compares with that of the
last execution. The digest is that of the parsed code: comments, docstrings and layout change
nothing.
"""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

LIBRARY = Path("workflow", "lib")
PACKAGE = "bioscan"


def code_digest(script: str, root: Path) -> str:
    """The digest of a script and all library modules that it imports, directly or not.

    Args:
        script: path of the script, relative to `root`.
        root: the repository.
    """
    digests = "".join(_parsed(root / path).digest for path in code_of(script, root))
    return hashlib.sha256(digests.encode()).hexdigest()[:16]


@cache
def code_of(script: str, root: Path) -> tuple[Path, ...]:
    """The script and all library modules that it imports, directly or not.

    Returns:
        Paths relative to `root`, the script first, then the modules in order.
    """
    found: set[Path] = set()
    pending = [Path(script)]
    while pending:
        path = pending.pop()
        if path not in found:
            found.add(path)
            pending.extend(_imported_modules(path, root))
    return (Path(script), *sorted(found - {Path(script)}))


def third_party_imports(path: Path) -> set[str]:
    """Top-level names of the packages that a file imports, this project's own left out."""
    return {name.split(".")[0] for name in _parsed(path).imports} - {PACKAGE}


class _Parsed:
    """A parsed file: its `digest` and the full names of its `imports`."""

    def __init__(self, path: Path) -> None:
        tree = ast.parse(path.read_text(), filename=str(path))
        self.imports = frozenset(_imported_names(tree, path))
        parts: list[str] = []
        _add_canonical(tree, parts)
        self.digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()


_parsed = cache(_Parsed)


def _add_canonical(node: ast.AST, parts: list[str]) -> None:
    """Add a syntax tree as text, without docstrings and places in the file.

    Unlike that of `ast.dump`, this text names no empty field, of which each version of Python knows
    some more: another Python reruns nothing.
    """
    parts.append(type(node).__name__)
    for name, value in ast.iter_fields(node):
        if name == "body" and _has_docstring(node):
            value = value[1:]
        if value is None or value == []:
            continue
        parts.append(name)
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                _add_canonical(child, parts)
            else:
                parts.append(repr(child))
        parts.append(".")


def _has_docstring(node: Any) -> bool:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None


def _imported_names(tree: ast.AST, path: Path) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise SyntaxError(f"{path}: relative imports are not followed, write them in full")
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def _imported_modules(path: Path, root: Path) -> tuple[Path, ...]:
    modules: list[Path] = []
    for name in _parsed(root / path).imports:
        parts = name.split(".")
        if parts[0] != PACKAGE:
            continue
        # Importing a.b.c runs a/__init__.py and a/b/__init__.py too. The last part of a name may
        # be an attribute (from a.b import f gives a.b.f), which is then no file.
        for depth in range(1, len(parts) + 1):
            base = LIBRARY.joinpath(*parts[:depth])
            candidates = base / "__init__.py", base.with_suffix(".py")
            modules += [module for module in candidates if (root / module).is_file()]
    return tuple(modules)
