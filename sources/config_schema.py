"""The JSON schema of sources.toml, by which editors complete and check it while it is written.

It stands in `sources.schema.json`, written by `make docs`. It is as strict as the reader in all that a schema
can say; ids that come twice, secrets, the shortest times and broken patterns are the reader's own.
"""

import json
from typing import Any

from sources.config_keys import KINDS, SOURCE_KEYS, TOP_KEYS, Key

_TOKEN = "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"  # noqa: S105  # the pattern of a header's name


def schema() -> dict[str, Any]:
    """The schema, as JSON Schema's draft 7, which the common editors' extensions for TOML know."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "sources.toml of Dateline",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            **{key.name: _property(key) for key in TOP_KEYS},
            "source": {
                "description": "Where news comes from, one table a source.",
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["id", "kind"],
                    "properties": {key.name: _property(key) for key in SOURCE_KEYS},
                    "allOf": [_of_kind(kind) for kind in KINDS],
                },
            },
        },
    }


def schema_text() -> str:
    """The same as the text of the file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _of_kind(kind: str) -> dict[str, Any]:
    """What a kind needs, and what means nothing for it."""
    places = [key.name for key in SOURCE_KEYS if key.name in ("url", "path") and kind in key.kinds]
    return {
        "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
        "then": {
            "oneOf": [{"required": [place]} for place in places],
            "properties": {key.name: False for key in SOURCE_KEYS if kind not in key.kinds},
        },
    }


def _property(key: Key) -> dict[str, Any]:
    described: dict[str, Any] = {"description": key.meaning}
    match key.form:
        case "text" | "duration":
            described["type"] = "string"
            if key.choices:
                described["enum"] = list(key.choices)
            elif key.pattern is not None:
                described["pattern"] = f"^(?:{key.pattern})$"
        case "number":
            described |= {"type": "integer", "minimum": 1}
        case "switch":
            described["type"] = "boolean"
        case "patterns":
            described |= {"type": "array", "items": {"type": "string", "minLength": 1, "format": "regex"}}
        case "texts":
            described |= {"type": "object", "additionalProperties": {"type": "string"}}
            if key.name == "headers":
                described["propertyNames"] = {"pattern": _TOKEN}
    return described
