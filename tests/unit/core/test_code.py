"""The code that a script runs: by reading its imports, and by looking at what Python loads."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bioscan.core.code import _parsed, code_digest, code_of, third_party_imports

REPOSITORY = Path(__file__).parents[3]

#: Imports each script after forgetting the library, and prints which of its files that loaded.
LOADER = """
import json, runpy, sys
loaded = {}
for script in sys.argv[1:]:
    for name in [n for n in sys.modules if n == "bioscan" or n.startswith("bioscan.")]:
        del sys.modules[name]
    runpy.run_path(script, run_name="imported")
    loaded[script] = [m.__file__ for n, m in sys.modules.items() if n.split(".")[0] == "bioscan"]
print(json.dumps(loaded))
"""


def repository(root: Path, **files: str) -> Path:
    """A repository with a script, and library files by name (a__b for a/b.py)."""
    library = root / "workflow" / "lib" / "bioscan"
    library.mkdir(parents=True)
    for name, text in files.items():
        path = root / "run.py" if name == "run" else library / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    for folder in [library, *(path for path in library.iterdir() if path.is_dir())]:
        (folder / "__init__.py").touch()
    return root


def found(root: Path) -> set[str]:
    """Library files behind the script, relative to the package, without the __init__.py."""
    script, *modules = code_of("run.py", root)
    assert script == Path("run.py")
    names = {path.relative_to("workflow/lib/bioscan").as_posix() for path in modules}
    return {name for name in names if not name.endswith("__init__.py")}


def test_imports_are_followed_through_modules(tmp_path: Path):
    root = repository(
        tmp_path,
        run="from bioscan.a.one import f\nimport os",
        a__one="from bioscan.b.two import g",
        b__two="import bioscan.c.three",
        c__three="",
        c__unused="",
    )
    assert found(root) == {"a/one.py", "b/two.py", "c/three.py"}


def test_a_name_may_be_a_submodule_or_an_attribute(tmp_path: Path):
    root = repository(
        tmp_path, run="from bioscan.a import one, two", a__one="", a__three="", top=""
    )
    # `two` is no file: an attribute of the package.
    assert found(root) == {"a/one.py"}


def test_the_packages_on_the_way_run_too(tmp_path: Path):
    root = repository(tmp_path, run="import bioscan.a.one", a__one="", b__two="")
    library = root / "workflow" / "lib" / "bioscan"
    (library / "a" / "__init__.py").write_text("from bioscan.b.two import g")
    assert found(root) == {"a/one.py", "b/two.py"}
    inits = {(library / name / "__init__.py").relative_to(root) for name in (".", "a", "b")}
    assert inits < set(code_of("run.py", root))


def test_imports_inside_functions_and_branches_count(tmp_path: Path):
    root = repository(
        tmp_path,
        run="def f():\n    from bioscan.a.one import g\nif False:\n    import bioscan.b.two as two",
        a__one="",
        b__two="",
    )
    assert found(root) == {"a/one.py", "b/two.py"}


def test_modules_that_import_each_other_end(tmp_path: Path):
    root = repository(
        tmp_path,
        run="import bioscan.a.one",
        a__one="import bioscan.a.two",
        a__two="import bioscan.a.one",
    )
    assert found(root) == {"a/one.py", "a/two.py"}


def test_a_package_that_only_begins_alike_is_not_ours(tmp_path: Path):
    root = repository(tmp_path, run="import bioscan_dataset.a\nfrom bioscanner import a", a="")
    assert found(root) == set()


@pytest.mark.parametrize("line", ["from . import one", "from .one import f", "from ..a import b"])
def test_a_relative_import_is_refused(tmp_path: Path, line: str):
    root = repository(tmp_path, run="import bioscan.a.one", a__one=line)
    with pytest.raises(SyntaxError, match=r"one\.py: relative imports are not followed"):
        code_of("run.py", root)


def test_the_order_is_the_same_however_imports_are_ordered(tmp_path: Path):
    lines = ["import bioscan.a.one", "import bioscan.b.two"]
    results = []
    for name, text in (("x", "\n".join(lines)), ("y", "\n".join(reversed(lines)))):
        root = repository(tmp_path / name, run=text, a__one="", b__two="")
        results.append(code_of("run.py", root))
    assert results[0] == results[1]


# Digests

CODE = """'''A module.'''

import os


def f(x: int) -> int:
    '''Add one.'''
    return x + 1
"""


def digest(folder: Path, module: str, script: str = "import bioscan.top") -> str:
    """The digest of a script behind which there is one module."""
    _parsed.cache_clear()
    code_of.cache_clear()
    return code_digest("run.py", repository(folder, run=script, top=module))


@pytest.mark.parametrize(
    "same",
    [
        pytest.param(CODE + "# A comment.\n", id="comment"),
        pytest.param(CODE.replace("Add one.", "Adds 1 to x."), id="docstring"),
        pytest.param(CODE.replace("    '''Add one.'''\n", ""), id="no docstring"),
        pytest.param(CODE.replace("x + 1", "(\n        x\n        + 1\n    )"), id="layout"),
        pytest.param(CODE.replace("\n", "\r\n"), id="line ends"),
    ],
)
def test_an_edit_that_changes_no_code_changes_no_digest(tmp_path: Path, same: str):
    assert digest(tmp_path / "a", same) == digest(tmp_path / "b", CODE)


@pytest.mark.parametrize(
    "other",
    [
        CODE.replace("x + 1", "x + 2"),
        CODE.replace("x + 1", "x - 1"),
        CODE.replace("x + 1", "x + 1.0"),
        CODE.replace("def f", "def g"),
        CODE.replace("x: int", "x: float"),
        CODE.replace("return x", "'x'\n    return x"),
        CODE + "\n\nTEXT = 'a'\n",
        CODE + "\n\nTEXT = b'a'\n",
    ],
)
def test_an_edit_to_code_changes_the_digest(tmp_path: Path, other: str):
    assert digest(tmp_path / "a", other) != digest(tmp_path / "b", CODE)


def test_each_of_several_edits_has_a_digest_of_its_own(tmp_path: Path):
    texts = [CODE, CODE + "a = 'b'\n", CODE + "a = 'b', 'c'\n", CODE + "a = 'b, c'\n", "", "pass\n"]
    digests = {digest(tmp_path / str(place), text) for place, text in enumerate(texts)}
    assert len(digests) == len(texts)


def test_an_edit_to_the_script_changes_the_digest(tmp_path: Path):
    before = digest(tmp_path / "a", CODE)
    assert digest(tmp_path / "b", CODE, "import bioscan.top\nprint(1)") != before


def test_a_module_that_is_not_imported_does_not_count(tmp_path: Path):
    before = digest(tmp_path / "a", CODE)
    root = repository(tmp_path / "b", run="import bioscan.top", top=CODE, other="a = 1")
    assert code_digest("run.py", root) == before


def test_the_digest_does_not_depend_on_the_place_of_the_repository_or_the_version_of_python(
    tmp_path: Path,
):
    # Pinned: another value reruns every finished job of every user.
    assert digest(tmp_path / "a", CODE) == digest(tmp_path / "b", CODE) == "30d39847230e0668"


def test_third_party_imports(tmp_path: Path):
    path = tmp_path / "a.py"
    path.write_text(
        "import numpy as np\nimport torch.nn\nfrom PIL import Image\nfrom bioscan.core import x\n"
        "def f():\n    import h5py, polars\n"
    )
    assert third_party_imports(path) == {"numpy", "torch", "PIL", "h5py", "polars"}


def test_every_script_lists_all_of_the_library_that_it_loads():
    scripts = sorted(
        path.relative_to(REPOSITORY).as_posix() for path in REPOSITORY.glob("scripts/*/*.py")
    )
    assert len(scripts) > 10
    answer = subprocess.run(
        [sys.executable, "-c", LOADER, *scripts],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "workflow" / "lib")},
        capture_output=True,
        check=True,
    )
    loaded = json.loads(answer.stdout)
    for script in scripts:
        listed = {(REPOSITORY / path).resolve() for path in code_of(script, REPOSITORY)}
        missing = {Path(path).resolve() for path in loaded[script]} - listed
        assert loaded[script], script
        assert not missing, script
