"""Captions: words by their times in cues that can be read while they are spoken; as WebVTT and SubRip files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from session_core.messages.segment import WireWord
from session_core.messages.transcript import TranscriptView
from session_core.speaker import shown_names

LONGEST_CUE_MS: Final = 7_000
LINE: Final = 42
"""Characters; a longer word has a line of its own."""
LINES: Final = 2
SHORTEST_CUE_MS: Final = 200
"""Times of single words may be equal; a cue must be seen."""
LONGEST_NAME: Final = 40


@dataclass(frozen=True, slots=True)
class Cue:
    """``lines`` of at most ``LINE`` characters each; ``speaker`` is a name to show."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]
    speaker: str | None


def cues(view: TranscriptView, *, name_in_text: bool) -> Iterator[Cue]:
    """In order of time. ``name_in_text``: the speaker's name goes before the first words of each segment."""
    names = names_of(view)
    for segment in view.segments:
        speaker = names[segment.speaker] if segment.speaker else None
        lead = f"{shortened(speaker)}:".split() if speaker and name_in_text else []
        taken: list[WireWord] = []
        for word in segment.words:
            if taken and not _fits(lead, taken, word):
                yield _cue(lead, taken, speaker)
                taken, lead = [], []
            taken.append(word)
        if taken:
            yield _cue(lead, taken, speaker)


def web_vtt(view: TranscriptView) -> str:
    """As https://www.w3.org/TR/webvtt1/ has it; the speaker is the voice of each cue."""
    blocks = ["WEBVTT\n"]
    for cue in cues(view, name_in_text=False):
        text = "\n".join(_vtt_text(line) for line in cue.lines)
        voice = f"<v {_vtt_text(' '.join(cue.speaker.split()))}>" if cue.speaker else ""
        blocks.append(f"{_clock(cue.start_ms, '.')} --> {_clock(cue.end_ms, '.')}\n{voice}{text}\n")
    return "\n".join(blocks)


def sub_rip(view: TranscriptView) -> str:
    blocks = [
        f"{number}\n{_clock(cue.start_ms, ',')} --> {_clock(cue.end_ms, ',')}\n"
        + "".join(f"{_srt_text(line)}\n" for line in cue.lines)
        for number, cue in enumerate(cues(view, name_in_text=True), 1)
    ]
    return "\n".join(blocks)


def names_of(view: TranscriptView) -> Mapping[str, str]:
    """What everybody who speaks is called."""
    told = {speaker.id: speaker.name for speaker in view.speakers if speaker.merged_into is None}
    return shown_names((segment.speaker for segment in view.segments), told)


def shortened(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…"


def _fits(lead: Sequence[str], taken: Sequence[WireWord], word: WireWord) -> bool:
    short = word.e - taken[0].s <= LONGEST_CUE_MS
    return short and len(_lines([*lead, *_texts(taken), word.w])) <= LINES


def _cue(lead: Sequence[str], taken: Sequence[WireWord], speaker: str | None) -> Cue:
    start, end = taken[0].s, max(word.e for word in taken)
    return Cue(start, max(end, start + SHORTEST_CUE_MS), tuple(_lines([*lead, *_texts(taken)])), speaker)


def _texts(words: Sequence[WireWord]) -> list[str]:
    return [word.w for word in words]


def _lines(words: Sequence[str]) -> list[str]:
    lines: list[str] = []
    for word in " ".join(words).split():
        if lines and len(lines[-1]) + 1 + len(word) <= LINE:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _clock(ms: int, point: str) -> str:
    seconds, rest = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{rest:03}"


def _vtt_text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _srt_text(text: str) -> str:
    """SubRip has no escapes. What players take for an arrow or a tag is parted by a space."""
    return re.sub(r"<(?=[/A-Za-z])|\{(?=[\\A-Za-z])", r"\g<0> ", text.replace("-->", "-- >"))
