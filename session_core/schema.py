"""JSON Schema of every wire message, for clients in other languages. ``python -m session_core.schema`` prints it."""

from __future__ import annotations

import json
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from pydantic.json_schema import models_json_schema

from session_core import messages
from session_core.messages.connection import PROTOCOL
from session_core.messages.message import Message
from session_core.messages.requests import REQUESTS


def wire_schema() -> dict[str, Any]:
    """One document: ``$defs`` with every message, ``requests`` with the Socket.IO events and their answers."""
    _, definitions = models_json_schema(
        [(model, "validation") for model in sorted(_models(), key=lambda model: model.__name__)],
        ref_template="#/$defs/{model}",
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Hearken wire messages, protocol {PROTOCOL}",
        "requests": {
            event: {
                "request": {"$ref": f"#/$defs/{request.__name__}"},
                "answer": {"$ref": f"#/$defs/{answer.__name__}"},
            }
            for event, request, answer in REQUESTS
        },
        "$defs": definitions["$defs"],
    }


def _models() -> set[type[Message]]:
    modules = [import_module(f"{messages.__name__}.{module.name}") for module in iter_modules(messages.__path__)]
    return {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Message) and value is not Message
    }


if __name__ == "__main__":
    print(json.dumps(wire_schema(), indent=2))  # noqa: T201
