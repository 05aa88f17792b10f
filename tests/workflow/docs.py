"""The table of config keys in config/README.md, made from the schema (`make docs`)."""

import re
from collections.abc import Iterator
from functools import cache, reduce
from operator import getitem
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
README = ROOT / "config" / "README.md"

#: The place of the table in the README.
TABLE = re.compile(r"(?<=<!-- keys -->\n).*?(?=<!-- end -->)", re.DOTALL)


def list_keys() -> str:
    """A table of all config keys with their meaning and default, from the schema."""
    lines = ["| key | meaning | default |", "| --- | --- | --- |"]
    for key, meaning, default in described_keys():
        lines.append(f"| `{key}` | {meaning} | {_shown(default)} |")
    return "\n".join([*lines, ""])


def described_keys() -> Iterator[tuple[str, str, Any]]:
    """Each config key with its description and default, "" where the schema states none."""
    yield from _keys(read_schema(SCHEMA), SCHEMA, "")


@cache
def read_schema(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text())


def resolved(node: dict[str, Any], file: Path) -> tuple[dict[str, Any], Path]:
    """A part of the schema with what its `$ref` names, and the file that this stands in.

    A key beside a `$ref`, such as the description of this use, overrides the same key there.
    """
    while "$ref" in node:
        name, pointer = node["$ref"].split("#/")
        file = file.with_name(name) if name else file
        target = reduce(getitem, pointer.split("/"), read_schema(file))
        node = target | {key: value for key, value in node.items() if key != "$ref"}
    return node, file


def _keys(node: dict[str, Any], file: Path, prefix: str) -> Iterator[tuple[str, str, Any]]:
    children = dict(node.get("properties", {}))
    for pattern in node.get("patternProperties", {}).values():
        children = {"<name>": pattern}  # an entry whose name is known too is one of them
    for choice in node.get("oneOf", []):
        children |= choice.get("properties", {})
    for branch in ("then", "else"):
        children |= resolved(node.get(branch, {}), file)[0].get("properties", {})
    for name, child in children.items():
        key = f"{prefix}{name}"
        child, place = resolved(child, file)
        yield key, " ".join(child["description"].split()), child.get("default", "")
        yield from _keys(child, place, f"{key}.")
        yield from _keys(*resolved(child.get("items", {}), place), f"{key}[].")


def _shown(default: Any) -> str:
    if default in ("", {}):
        return ""
    text = yaml.safe_dump(
        default, default_flow_style=True, allow_unicode=True, width=float("inf")
    ).split("\n")[0]
    return f"`{text}`"


if __name__ == "__main__":
    README.write_text(TABLE.sub(lambda _: list_keys(), README.read_text(), count=1))
