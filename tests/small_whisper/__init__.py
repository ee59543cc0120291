"""A small Whisper for the tests: how it was trained, and what came of it."""

from pathlib import Path

FOLDER = Path(__file__).parent / "trained"
