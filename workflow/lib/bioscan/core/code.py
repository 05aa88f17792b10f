"""The code that a script runs, as one digest: a rule reruns when it changes, and only then.

Snakemake watches scripts by modification time and no imported modules, so a fresh checkout would
rerun days of GPU work, and an edit to a module nothing. Each rule therefore has the digest of its
script, and of every module behind it, as a parameter, which Snakemake compares with that of the
last execution. The digest is that of the parsed code: comments, docstrings and layout change
nothing.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

LIBRARY = Path("workflow", "lib")
PACKAGE = "bioscan"

#: Syntax that a docstring may begin.
DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


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
        self.path = path
        self.imports: set[str] = set()
        self._parts: list[str] = []
        self._add(ast.parse(path.read_text(), filename=str(path)))
        self.digest = hashlib.sha256("\0".join(self._parts).encode()).hexdigest()

    def _add(self, node: ast.AST) -> None:
        """Add a syntax tree as text, without docstrings and places in the file.

        Unlike that of `ast.dump`, this text names no empty field, of which each version of Python
        knows some more: another Python reruns nothing.
        """
        self._parts.append(type(node).__name__)
        if isinstance(node, ast.Import | ast.ImportFrom):
            self.imports.update(_imported_names(node, self.path))
        for name in node._fields:
            value = getattr(node, name, None)
            if name == "body" and isinstance(node, DOCUMENTED) and _begins_with_text(value):
                value = value[1:]
            if value is None or value == []:
                continue
            self._parts.append(name)
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    self._add(child)
                else:
                    self._parts.append(repr(child))
            self._parts.append(".")


_parsed = cache(_Parsed)


def _begins_with_text(body: list[ast.stmt]) -> bool:
    return (
        bool(body)
        and isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
        and isinstance(body[0].value.value, str)
    )


def _imported_names(node: ast.Import | ast.ImportFrom, path: Path) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if node.level:
        raise SyntaxError(f"{path}: relative imports are not followed, write them in full")
    return [f"{node.module}.{alias.name}" for alias in node.names]


@cache
def _imported_modules(path: Path, root: Path) -> set[Path]:
    modules = _modules(root)
    found = set()
    for name in _parsed(root / path).imports:
        # Importing a.b.c runs a/__init__.py and a/b/__init__.py too. The last part of a name may
        # be an attribute (from a.b import f gives a.b.f), which is then no file.
        parts = name.split(".")
        for depth in range(1, len(parts) + 1):
            found.update(modules.get(".".join(parts[:depth]), ()))
    return found


@cache
def _modules(root: Path) -> dict[str, list[Path]]:
    """The files of each module of the library, by its full name."""
    files: dict[str, list[Path]] = {}
    for path in (root / LIBRARY / PACKAGE).rglob("*.py"):
        module = path.relative_to(root / LIBRARY).with_suffix("")
        parts = module.parent.parts if module.name == "__init__" else module.parts
        files.setdefault(".".join(parts), []).append(path.relative_to(root))
    return files
