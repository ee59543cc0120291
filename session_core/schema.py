"""JSON Schema of every wire message, for clients in other languages. ``python -m session_core.schema`` prints it."""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import models_json_schema

from session_core import messages


def wire_schema() -> dict[str, Any]:
    """One document: ``$defs`` with every message, ``requests`` with the Socket.IO events and their answers."""
    named = [
        value
        for value in vars(messages).values()
        if isinstance(value, type) and issubclass(value, messages.Message) and value is not messages.Message
    ]
    _, definitions = models_json_schema(
        [(model, "validation") for model in sorted(named, key=lambda model: model.__name__)],
        ref_template="#/$defs/{model}",
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Hearken wire messages, protocol {messages.PROTOCOL}",
        "requests": {
            event: {
                "request": {"$ref": f"#/$defs/{request.__name__}"},
                "answer": {"$ref": f"#/$defs/{answer.__name__}"},
            }
            for event, request, answer in messages.REQUESTS
        },
        "$defs": definitions["$defs"],
    }


if __name__ == "__main__":
    print(json.dumps(wire_schema(), indent=2))  # noqa: T201
