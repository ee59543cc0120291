"""The web client's types of the wire messages are those of the models."""

from __future__ import annotations

import json
import subprocess

from session_core.schema import wire_schema
from tests.installation import ROOT

WEB_CLIENT = ROOT / "web_client"


def test_the_web_clients_wire_types_are_made_from_the_models_as_they_are() -> None:
    made = subprocess.run(
        ["node", "scripts/wire_types.js"],
        input=json.dumps(wire_schema()),
        cwd=WEB_CLIENT,
        capture_output=True,
        text=True,
        check=True,
    )
    kept = (WEB_CLIENT / "src" / "wire" / "messages.ts").read_text()
    assert kept == made.stdout, "stale: run `make wire`"
