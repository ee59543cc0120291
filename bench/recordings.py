"""The recordings of a folder, each with its reference."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from bench.reference import TURNS, WORDS, Reference, UnusableReference, read_reference

AUDIO = frozenset((".wav", ".flac", ".mp3", ".ogg", ".opus", ".webm", ".m4a", ".mp4", ".aac", ".aif", ".aiff", ".wma"))


@dataclass(frozen=True, slots=True)
class Recording:
    audio: Path
    reference: Reference


def find_recordings(folder: Path) -> tuple[list[Recording], list[str]]:
    """What lies in the folder itself, by name, and a sentence about each file that can't be used."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    beside: dict[str, list[Path]] = defaultdict(list)
    for path in files:
        if path.suffix.lower() in (*WORDS, TURNS):
            beside[path.stem].append(path)
    audio = [path for path in files if path.suffix.lower() in AUDIO]
    found, problems = [], []
    for path in audio:
        if path.stem not in beside:
            problems.append(f"{path.name} has no reference ({', '.join((*WORDS, TURNS))}) beside it")
            continue
        try:
            found.append(Recording(path, read_reference(beside[path.stem])))
        except UnusableReference as error:
            problems.append(f"{path.name} was not measured: {error}")
    heard = {path.stem for path in audio}
    problems += [
        f"{path.name} is a reference without audio" for stem in beside if stem not in heard for path in beside[stem]
    ]
    if not found and not problems:
        problems.append(f"there is no audio in {folder} (folders in it are not looked into)")
    return found, problems
