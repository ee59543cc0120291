"""`hearken demo`, which `make demo` runs: real programs, real speech, real words."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import jiwer

from hearken.dialogue import DIALOGUE
from tests.installation import ROOT

MOST_ERRORS = 0.15
"""Of the words of simple sentences in voices that the bundled recogniser knows: 0.04 when this was written."""


def test_the_demo_prints_what_was_said_with_full_coverage_and_leaves_nothing() -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("HEARKEN_")}
    demo = subprocess.run(
        (sys.executable, "-m", "hearken", "demo", "--speed", "0"),
        cwd=ROOT,
        env=environ | {"HEARKEN_ENGINE": "pocketsphinx", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert demo.returncode == 0, demo.stdout + demo.stderr
    _, transcript, coverage = re.split(r"^(?:transcript|coverage) ─+$", demo.stdout, flags=re.MULTILINE)
    said = " ".join(turn.text for turn in DIALOGUE)
    assert jiwer.wer(plain(said), plain(transcript)) <= MOST_ERRORS
    assert re.search(r"holes +none", coverage)
    assert re.search(r"failed windows +0", coverage)
    assert re.search(r"state +ready", coverage)
    assert "the temporary folder is gone" in coverage


def plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z]+", text.lower()))
