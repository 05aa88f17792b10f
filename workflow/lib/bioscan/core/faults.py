"""The faults of a config in words: the key, what was found, what was expected."""

import re
from collections.abc import Callable, Iterable
from datetime import date
from difflib import get_close_matches
from typing import Any

import yaml
from jsonschema import ValidationError

#: Types of JSON schema, as a user would call them.
TYPES = {
    "object": "keys with values",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}

#: The patterns of the schemas.
PATTERNS = {
    "^[A-Za-z][A-Za-z0-9_-]*$": "a letter, then letters, digits, _ or -",
    "^[A-Za-z0-9_-]+$": "letters, digits, _ or -",
    "^[A-Za-z0-9_.]+$": "letters, digits, _ or .",
    "^[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]$": "four times four digits, with - between",
}


def fault_of(error: ValidationError) -> str:
    """A fault that a JSON schema finds, in one line without the file."""
    error = _most_likely(error)
    # The path of the whole config is "$".
    key = error.json_path.removeprefix("$").removeprefix(".")
    return _WORDS.get(str(error.validator), _other)(key, error)


def not_a_name(key: str, name: Any) -> str:
    """A key that YAML takes for something else than text."""
    return _of(key, f"the key {shown(name)} is not text; begin it with a letter, or {_QUOTE}")


def shown(value: Any) -> str:
    """A value as a config has it, cut short; text in quotation marks, as blanks matter."""
    if isinstance(value, str | date):
        text = repr(value) if isinstance(value, str) else f"{value} (a date)"
    else:
        plain = _plain(value)
        text = yaml.safe_dump(plain, default_flow_style=True, width=float("inf"), sort_keys=False)
        text = text.removesuffix("...\n").strip()
    return text if len(text) <= 60 else f"{text[:59]}…"


def _plain(value: Any) -> Any:
    """Without the ordered mappings of Snakemake."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


_QUOTE = "put it between quotation marks"


def _of(key: str, fault: str) -> str:
    return f"{key}: {fault}" if key else fault


def _is(key: str, value: Any, expected: str) -> str:
    return f"{key or 'the config'} is {shown(value)}, expected {expected}"


def _listed(names: Iterable[Any]) -> str:
    return ", ".join(name if isinstance(name, str) else shown(name) for name in names)


def _near(name: Any, names: Iterable[Any]) -> str:
    """A hint for a misspelt name."""
    found = get_close_matches(str(name), [str(known) for known in names], n=1, cutoff=0.7)
    return f" (do you mean {found[0]!r}?)" if found else ""


def _most_likely(error: ValidationError) -> ValidationError:
    """Of the choices of a `oneOf`, the fault of the one that the value breaks least."""
    if not error.context or not isinstance(error.instance, dict):
        return error
    choices: dict[Any, list[ValidationError]] = {}
    for inner in error.context:
        choices.setdefault(inner.schema_path[0], []).append(inner)
    # Those that share a key with it.
    meant = [
        faults
        for number, faults in choices.items()
        if not error.instance.keys().isdisjoint(error.validator_value[number].get("required", ()))
    ]
    return _most_likely(min(meant, key=len)[0]) if meant else error


def _type(key: str, error: ValidationError) -> str:
    wanted = error.validator_value
    wanted = [wanted] if isinstance(wanted, str) else wanted
    value, hint = error.instance, ""
    items = error.schema.get("items", {})
    number = _number(value) if isinstance(value, str) else None
    if number is not None and {"integer", "number"} & {*wanted}:
        hint = f"; write {shown(number)} without quotation marks"
    elif (
        (isinstance(value, str) and items.get("type") == "string")
        or (isinstance(value, int) and items.get("type") == "integer")
        or value in items.get("enum", ())
    ):
        hint = f"; write [{value}]"
    elif "string" in wanted and not isinstance(value, dict | list | None):
        hint = f"; {_QUOTE}"
    return _is(key, value, " or ".join(TYPES[name] for name in wanted) + hint)


def _number(text: str) -> float | None:
    """The number that a text states; YAML takes 1e-3 for text."""
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return int(number) if number.is_integer() and "." not in text else number


def _enum(key: str, error: ValidationError) -> str:
    names = error.validator_value
    return _is(key, error.instance, f"one of {_listed(names)}") + _near(error.instance, names)


def _additional(key: str, error: ValidationError) -> str:
    known, patterns = error.schema.get("properties", {}), error.schema.get("patternProperties", {})
    if patterns:
        (pattern,) = patterns
        name = next(name for name in error.instance if not re.search(pattern, name))
        return _of(key, f"{name!r} is no name, expected {PATTERNS.get(pattern, pattern)}")
    name = next(name for name in error.instance if name not in known)
    hint = _near(name, known)
    return _of(key, f"unknown key {name!r}{hint or f', expected one of {_listed(known)}'}")


def _required(key: str, error: ValidationError) -> str:
    name = next(name for name in error.validator_value if name not in error.instance)
    return _of(key, f"the key {name!r} is missing")


def _choices(key: str, error: ValidationError) -> str:
    choices = []
    for choice in error.validator_value:
        if "const" in choice:
            choices.append(shown(choice["const"]))
        elif "required" in choice:
            keys = choice["required"]
            choices.append(f"the key{'s' * (len(keys) > 1)} {' and '.join(keys)}")
        else:
            above = choice.get("exclusiveMinimum")
            choices.append(TYPES[choice["type"]] + ("" if above is None else f" more than {above}"))
    return _is(key, error.instance, f"{', '.join(choices[:-1])} or {choices[-1]}")


def _repeated(key: str, error: ValidationError) -> str:
    twice = next(item for item in error.instance if error.instance.count(item) > 1)
    return f"{key} lists {shown(twice)} more than once"


def _bound(words: str) -> Callable[[str, ValidationError], str]:
    return lambda key, error: _is(key, error.instance, f"{words} {error.validator_value}")


def _length(words: str) -> Callable[[str, ValidationError], str]:
    def entries(key: str, error: ValidationError) -> str:
        number = error.validator_value
        return _is(key, error.instance, f"{words} {number} {'entry' if number == 1 else 'entries'}")

    return entries


def _other(key: str, error: ValidationError) -> str:
    return _of(key, error.message)


_WORDS: dict[str, Callable[[str, ValidationError], str]] = {
    "type": _type,
    "enum": _enum,
    "const": lambda key, error: _is(key, error.instance, shown(error.validator_value)),
    "pattern": lambda key, error: _is(
        key, error.instance, PATTERNS.get(error.validator_value, error.validator_value)
    ),
    "additionalProperties": _additional,
    "required": _required,
    "oneOf": _choices,
    "uniqueItems": _repeated,
    "minimum": _bound("at least"),
    "maximum": _bound("at most"),
    "exclusiveMinimum": _bound("more than"),
    "exclusiveMaximum": _bound("less than"),
    "minItems": _length("at least"),
    "maxItems": _length("at most"),
    "minProperties": _length("at least"),
}
