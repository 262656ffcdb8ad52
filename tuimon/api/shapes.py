"""The words that JSON Schemas are written with here: each says what a value is, and what it is for."""

from __future__ import annotations

from typing import Any, Final

Schema = dict[str, Any]

EPOCH: Final = "epoch seconds, UTC"
NUMBER: Final[Schema] = {"type": "number"}
TEXT: Final[Schema] = {"type": "string"}
WHOLE: Final[Schema] = {"type": "integer"}
FLAG: Final[Schema] = {"type": "boolean"}


def ref(name: str) -> Schema:
    """Return a schema that is another one, by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def maybe(schema: Schema, text: str = "") -> Schema:
    """Return the schema of a value that may be null."""
    if "$ref" in schema or "anyOf" in schema:
        found: Schema = {"anyOf": [schema, {"type": "null"}]}
    else:
        found = {**schema, "type": [schema["type"], "null"]}
    return found | ({"description": text} if text else {})


def many(items: Schema, text: str = "") -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": items} | ({"description": text} if text else {})


def said(schema: Schema, text: str) -> Schema:
    """Return a schema with what it is for."""
    return {**schema, "description": text}


def an_object(text: str = "", /, **properties: Schema) -> Schema:
    """Return the schema of an object that has all of these properties; `from_` is `from`."""
    named = {name.rstrip("_"): one for name, one in properties.items()}
    found: Schema = {"type": "object", "properties": named, "required": list(named)}
    return found | ({"description": text} if text else {})
