"""The writer that asks a language model: a long session in parts whose notes are then put together.

What it answers is read strictly, every statement is checked against the transcript, and what the words themselves say
of risks is added where the model overlooked it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from chunk_workers.notes.answer import read_answer, read_reduction
from chunk_workers.notes.evidence import borne_out
from chunk_workers.notes.flags import with_flags
from chunk_workers.notes.prompt import Prompt, fence_for, input_hash, note_prompt, numbered, parts, reduction_prompt
from chunk_workers.notes.section_stream import SectionStream
from chunk_workers.notes.tongue import is_in_another_language
from chunk_workers.noting import Desk, Written
from chunk_workers.provider import BadAnswer, Hear, Provider
from session_core.errors import HearkenError
from session_core.line import Line
from session_core.note import Note, Section, checked
from session_core.note_template import NoteTemplate

ANSWER_TOKENS: Final = 4_000
"""Left for the answer."""

LEAST_TOKENS: Final = 1_000
"""Of transcript in one call, however small the model."""

T = TypeVar("T")


class WrongLanguage(HearkenError):
    """The model wrote in another language than the session's. Asking again can help."""

    code, status, retryable = "wrong_language", 502, True


@dataclass(frozen=True, slots=True)
class _Noted:
    """A note, and a digest of all that it was made of."""

    note: Note
    digest: str


class ModelWriter:
    """See ``NoteWriter``. ``context_tokens`` is what the model reads and writes at once."""

    def __init__(self, provider: Provider, context_tokens: int) -> None:
        self._provider = provider
        self._context_tokens = context_tokens

    async def name(self) -> str:
        return self._provider.name

    async def write(self, lines: Sequence[Line], template: NoteTemplate, language: str | None, desk: Desk) -> Written:
        writing = _Writing(self._provider, lines, template, language, desk)
        if not lines:
            return Written(writing.finished(writing.nothing()))
        noted = await writing.whole(self._context_tokens)
        note = await asyncio.to_thread(writing.finished, noted.note)
        return Written(note, self._provider.leaves)


class _Writing:
    """One note in the making."""

    def __init__(
        self, provider: Provider, lines: Sequence[Line], template: NoteTemplate, language: str | None, desk: Desk
    ) -> None:
        self._provider = provider
        self._lines = lines
        self._template = template
        self._language = language
        self._desk = desk
        self._fence = fence_for([line.text for line in lines])

    def nothing(self) -> Note:
        sections = tuple(
            Section(key=section.key, title=section.title, kind=section.kind) for section in self._template.sections
        )
        return Note(
            template=self._template.id,
            template_version=self._template.version,
            sections=sections,
            writer=self._provider.name,
            language=self._language,
        )

    async def whole(self, context_tokens: int) -> _Noted:
        beside = note_prompt([], 0, self._template, self._language, self._fence).tokens + ANSWER_TOKENS
        budget = max(LEAST_TOKENS, context_tokens - beside)
        split = list(parts(self._lines, budget))
        alone = len(split) == 1
        reading = [self._part(first, some, show=alone) for first, some in split]
        noted = await _all(reading if alone else self._told(reading))
        while len(noted) > 1:
            self._desk.tell(len(split) / (len(split) + 1), "putting the parts together")
            groups = self._groups(noted, budget)
            noted = await _all([self._reduced(group, show=len(groups) == 1) for group in groups])
        return noted[0]

    def _told(self, reading: Sequence[Coroutine[Any, Any, T]]) -> list[Coroutine[Any, Any, T]]:
        """The same, each of which tells when it is done; putting the parts together counts as one more."""
        done = 0

        async def read(part: Coroutine[Any, Any, T]) -> T:
            nonlocal done
            noted = await part
            done += 1
            self._desk.tell(done / (len(reading) + 1), f"{done} of {len(reading)} parts read")
            return noted

        return [read(part) for part in reading]

    def finished(self, note: Note) -> Note:
        return with_flags(self._supported(note), self._lines)

    def _supported(self, note: Note) -> Note:
        return borne_out(checked(note, self._lines), self._lines)

    async def _part(self, first: int, lines: Sequence[Line], *, show: bool) -> _Noted:
        name = self._provider.name
        asked = input_hash(lines, self._template, model=name, language=self._language)
        prompt = note_prompt(lines, first, self._template, self._language, self._fence)

        def read(text: str) -> Note:
            return read_answer(text, lines, first, self._template, writer=name, language=self._language)

        return await self._noted(prompt, _digest(asked, str(first)), read, show=show)

    async def _reduced(self, group: Sequence[_Noted], *, show: bool) -> _Noted:
        """One note of several; a single one stays as it is."""
        if len(group) == 1:
            return group[0]
        notes = [each.note for each in group]
        stated = [statement.text for _, statement in numbered(notes)]
        prompt = reduction_prompt(notes, self._template, self._language, fence_for(stated))

        def read(text: str) -> Note:
            return read_reduction(text, notes, self._template, writer=self._provider.name, language=self._language)

        digest = _digest("reduction", *(each.digest for each in group))
        if not stated:
            return _Noted(read(json.dumps(_empty(prompt))), digest)
        return await self._noted(prompt, digest, read, show=show)

    def _groups(self, noted: Sequence[_Noted], budget: int) -> list[list[_Noted]]:
        """As many together as fit, two at least."""
        groups: list[list[_Noted]] = [[]]
        for each in noted:
            together = [other.note for other in (*groups[-1], each)]
            size = reduction_prompt(together, self._template, self._language, self._fence).tokens
            if len(groups[-1]) >= 2 and size > budget:
                groups.append([])
            groups[-1].append(each)
        return groups

    async def _noted(self, prompt: Prompt, digest: str, read: Callable[[str], Note], *, show: bool) -> _Noted:
        """The answer that is kept for the digest, or a new one; only what is a note is kept."""
        kept = await self._desk.answer(digest)
        if kept is not None:
            note = await asyncio.to_thread(read, kept)
        else:
            answer = await self._provider.ask(prompt, lambda: self._listener(prompt, read, show), self._desk.spend)
            note = await asyncio.to_thread(read, answer)
            # Before the evidence: what is quoted in another language was not said, and nothing would be left to tell.
            self._check_language(note)
            await self._desk.keep(digest, answer)
        return _Noted(await asyncio.to_thread(self._supported, note), digest)

    def _listener(self, prompt: Prompt, read: Callable[[str], Note], show: bool) -> Hear:
        """Shows each section when it is finished, and with the first those that were not asked for: they are there.

        What is wrong with one is told when the answer is there.
        """
        stream = SectionStream()
        empty, shown = _empty(prompt), set[str]()

        async def hear(piece: str) -> None:
            for key, value in stream.feed(piece):
                try:
                    note = await asyncio.to_thread(read, json.dumps(empty | {key: json.loads(value)}))
                except BadAnswer:
                    continue
                note = await asyncio.to_thread(self.finished, note)
                for section in note.sections:
                    wanted = section.key == key or section.key not in empty.keys() | shown
                    if wanted and section.statements:
                        await self._desk.show(section)
                        shown.add(section.key)

        async def hear_nothing(piece: str) -> None:
            pass

        return hear if show else hear_nothing

    def _check_language(self, note: Note) -> None:
        texts = [statement.text for section in note.sections for statement in section.statements]
        if is_in_another_language(texts, self._language):
            raise WrongLanguage("the model wrote in another language than the session's")


async def _all(works: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """At the same time; the first error ends the others, and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]


def _empty(prompt: Prompt) -> dict[str, Any]:
    """An answer with nothing in any section."""
    return {key: [] for key in prompt.schema["properties"]}


def _digest(*parts_: str) -> str:
    return hashlib.sha256("\n".join(parts_).encode()).hexdigest()
