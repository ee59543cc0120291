"""Which ids the voices of a session get: by the order in which they first speak, unless people said something of one.

Without people it is a function of the turns alone. What people named, merged or labelled keeps its id when the
session is diarized anew: the voice that is heard most where they said so is that speaker.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Sequence
from itertools import count

from session_core.turn import Turn


def speaker_ids(heard: Sequence[Turn[int]], known: Sequence[Turn[str]], taken: Collection[str]) -> dict[int, str]:
    """An id for each voice of ``heard``, whose voices are numbered in the order in which they first speak.

    ``known``: where somebody of whom people said something was heard or labelled. ``taken``: ids that no other voice
    may get.
    """
    ids: dict[int, str] = {}
    used: set[str] = set()
    for _, voice, speaker in sorted(_overlaps(heard, known), key=lambda each: (-each[0], each[1], each[2])):
        if voice not in ids and speaker not in used:
            ids[voice] = speaker
            used.add(speaker)
    free = (name for name in (f"S{number}" for number in count(1)) if name not in used and name not in taken)
    for voice in dict.fromkeys(each.speaker for each in heard):
        if voice not in ids:
            ids[voice] = next(free)
    return ids


def _overlaps(heard: Sequence[Turn[int]], known: Sequence[Turn[str]]) -> list[tuple[int, int, str]]:
    """Milliseconds that a voice and a speaker share, where they share any.

    One sweep over both in the order they begin: a long session has thousands of turns.
    """
    shared: dict[tuple[int, str], int] = defaultdict(int)
    to_come = deque(sorted(known, key=lambda turn: turn.start_ms))
    going_on: list[Turn[str]] = []
    for each in sorted(heard, key=lambda turn: turn.start_ms):
        while to_come and to_come[0].start_ms < each.end_ms:
            going_on.append(to_come.popleft())
        going_on = [turn for turn in going_on if turn.end_ms > each.start_ms]
        for turn in going_on:
            together = min(turn.end_ms, each.end_ms) - max(turn.start_ms, each.start_ms)
            if together > 0:
                shared[each.speaker, turn.speaker] += together
    return [(together, voice, speaker) for (voice, speaker), together in shared.items()]
