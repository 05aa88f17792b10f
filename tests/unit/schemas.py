"""Definitions of the config's schemas."""

from pathlib import Path
from typing import Any

import yaml

SCHEMAS = Path(__file__).parents[2] / "workflow" / "schemas"


def definition(name: str) -> dict[str, Any]:
    """The part of a schema that is defined under a name in `$defs`."""
    schemas = (yaml.safe_load(path.read_text()) for path in sorted(SCHEMAS.glob("*.yaml")))
    return next(schema["$defs"][name] for schema in schemas if name in schema.get("$defs", {}))
