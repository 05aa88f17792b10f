"""The parts of the documentation that follow from the workflow itself (`make docs`)."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]


def draw_rulegraph() -> str:
    """Mermaid text of the demo's rules: Snakemake's own, without colours and in a fixed order."""
    command = [sys.executable, "-m", "snakemake", "--rulegraph", "mermaid-js"]
    drawn = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True
    ).stdout
    names = dict(re.findall(r"(id\d+)\[(\w+)\]", drawn))
    edges = re.findall(r"(id\d+) --> (id\d+)", drawn)
    lines = sorted(
        f"    {names[start]} --> {names[end]}" for start, end in edges if names[end] != "all"
    )
    return "\n".join(["flowchart LR", *lines, ""])


def list_keys() -> str:
    """A table of all config keys with their meaning and default, from the schema."""
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
    lines = ["| key | meaning | default |", "| --- | --- | --- |"]
    for key, meaning, default in _keys(schema, schema["$defs"], ""):
        lines.append(f"| `{key}` | {' '.join(meaning.split())} | {default} |")
    return "\n".join([*lines, ""])


def _keys(node: dict, definitions: dict, prefix: str) -> Iterator[tuple[str, str, str]]:
    children = dict(node.get("properties", {}))
    for pattern in (*node.get("patternProperties", {}).values(), node.get("additionalProperties")):
        if isinstance(pattern, dict):
            children = {"<name>": pattern}  # what has a name of its own is one of them
    for choice in node.get("oneOf", []):
        children |= choice.get("properties", {})
    for name, child in children.items():
        if "$ref" in child:
            child = definitions[child["$ref"].rsplit("/", 1)[1]]
        key = f"{prefix}{name}"
        if "description" in child:
            default = child.get("default", "")
            shown = (
                ""
                if default in ("", {})
                else f"`{yaml.safe_dump(default, default_flow_style=True).split(chr(10))[0]}`"
            )
            yield key, child["description"], shown
        yield from _keys(child, definitions, f"{key}.")
        if "$ref" in child.get("items", {}):
            item = definitions[child["items"]["$ref"].rsplit("/", 1)[1]]
            yield from _keys(item, definitions, f"{key}[].")


#: file → (the text around a made part, what makes it).
PARTS = {
    ROOT / "README.md": (re.compile(r"(?<=```mermaid\n).*?(?=```)", re.DOTALL), draw_rulegraph),
    ROOT / "config" / "README.md": (
        re.compile(r"(?<=<!-- keys -->\n).*?(?=<!-- end -->)", re.DOTALL),
        list_keys,
    ),
}


if __name__ == "__main__":
    for path, (place, make) in PARTS.items():
        path.write_text(place.sub(lambda _, make=make: make(), path.read_text(), count=1))
