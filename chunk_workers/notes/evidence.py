"""Whether what a model states is borne out by what it quotes and cites, as far as words can show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from chunk_workers.notes.number import numbers_are_said
from chunk_workers.notes.order import ordered
from chunk_workers.notes.reassurance import holds_denial, is_shown
from chunk_workers.spoken_english import says_nothing
from session_core.line import Line
from session_core.note import Note, Statement
from session_core.segment import spelling

_LEAST_WORDS: Final = 2


def borne_out(note: Note, lines: Sequence[Line]) -> Note:
    """The checked note of a model without the statements that could have been made of nothing, and with those counted.

    A statement needs a quote of two words that carry meaning, or of a whole line. Its numbers stand in the lines that
    it cites (``numbers_are_said``). What reassures quotes a denial, and nothing rests on a plain order to a machine:
    both as far as English words tell. That a statement follows from its quote is not checked.

    A flag whose quote was said always stays. Where its own words are not borne out it is told by its quote, and a
    denial that the quote does not show is none. Doing it twice changes nothing more.
    """
    session = _Session(
        {line.id: line.text for line in lines},
        ordered(lines),
        note.language is None or note.language.partition("-")[0].lower() == "en",
    )
    dropped, sections = note.dropped, []
    for section in note.sections:
        kept = tuple(found for each in section.statements if (found := _borne_out(each, session)))
        dropped += len(section.statements) - len(kept)
        sections.append(section.model_copy(update={"statements": kept}))
    return note.model_copy(update={"sections": tuple(sections), "dropped": dropped})


@dataclass(frozen=True, slots=True)
class _Session:
    said: Mapping[UUID, str]
    ordered: frozenset[UUID]
    in_english: bool


def _borne_out(statement: Statement, session: _Session) -> Statement | None:
    if not statement.quote:
        return None
    texts = [session.said[each] for each in statement.segment_ids if each in session.said]
    is_sober = _is_sober(statement, statement.quote, session)
    stands = is_sober and numbers_are_said(statement.text, texts, in_english=session.in_english)
    if statement.risk is None:
        return statement if stands and _says_enough(statement.quote, texts) else None
    if stands:
        return statement
    # What a model takes for denied is weighed low, whatever it is.
    weight = {"denied": False, "severity": "medium"} if statement.denied and not is_sober else {}
    return statement.model_copy(update={"text": statement.quote, **weight})


def _is_sober(statement: Statement, quote: str, session: _Session) -> bool:
    """Whether it rests on no order to the writer, and shows a denial where it tells one."""
    if not session.ordered.isdisjoint(statement.segment_ids):
        return False
    return not session.in_english or (is_shown(statement.text, quote) and (not statement.denied or holds_denial(quote)))


def _says_enough(quote: str, texts: Sequence[str]) -> bool:
    words = [spelling(word) for word in quote.split()]
    telling = {word for word in words if any(map(str.isalnum, word)) and not says_nothing(word)}
    # Where no spaces stand between words, two letters are about one.
    enough = sum(len(word) // 2 if _is_unspaced(word) else 1 for word in telling) >= _LEAST_WORDS
    return enough or any([spelling(word) for word in text.split()] == words for text in texts)


def _is_unspaced(word: str) -> bool:
    return any("\u0e00" <= letter <= "\u0eff" or "\u3040" <= letter <= "\u9fff" for letter in word)
