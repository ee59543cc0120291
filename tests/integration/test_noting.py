"""The step that writes notes, with a model at a provider: what it publishes, and what is left when it fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from chunk_workers.notes.prompt import Prompt
from chunk_workers.noting import Noting
from chunk_workers.openai_api import OpenAiApi
from chunk_workers.provider import Calls, ChatModel, Limits, Prices, Provider, Usage
from chunk_workers.voice import RATE
from chunk_workers.writers.model import ModelWriter
from chunk_workers.writers.openai import OpenAiModel
from hearken.embedded import Services
from session_core.errors import NotFound
from session_core.messages.note import EditedSection, EditedStatement, NotesEdit, NotesSign
from session_core.note_template import built_in
from session_core.principal import Principal
from session_core.step import Step
from stream_server.note_templates import NoteTemplates
from stream_server.notes import Notes
from tests.installation import installation_on
from tests.model_server import Asked, ModelServer, Says, in_turn, note_of, obedient
from tests.scripted_clinic import Clinic
from tests.scripted_play import Play
from tests.scripted_recording import SPEECH, Piece, Recording

SECTIONS = [section.key for section in built_in("session").sections]
GERMAN = (
    "Die Patientin hat in der letzten Woche schlecht geschlafen und ist jeden Tag um vier Uhr aufgewacht. Sie wird es "
    "mit einer anderen Zeit versuchen, und das ist auch der Plan für die nächste Woche."
)


@pytest.fixture(scope="module")
async def clinic(services: Services, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    async with (
        installation_on(services, tmp_path_factory.mktemp("noting")) as installation,
        Clinic.on(installation) as made,
    ):
        yield made


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer(obedient).running() as running:
        yield running


@pytest.fixture
async def model(server: ModelServer) -> AsyncIterator[OpenAiModel]:
    made = OpenAiModel("tiny", OpenAiApi(f"{server.url}/v1", None))
    yield made
    await made.aclose()


class Session:
    """A session whose words are heard and who speaks is known, and a model that writes its notes."""

    def __init__(self, clinic: Clinic, model: ChatModel, timeout_s: float = 20.0) -> None:
        words = np.repeat(np.arange(SPEECH, SPEECH + 24, dtype=np.int16), RATE * 2 // 5)
        pcm = np.concatenate([words, np.zeros(RATE, dtype=np.int16)])
        piece = Piece(0, 0, len(pcm), b"RIFF____WAVE0")
        self.play = Play(clinic, Recording(RATE, (piece,), {piece.data: pcm}))
        self.clinic = clinic
        hints: Any = type("NoHints", (), {"plan": lambda *_: None})()
        self.notes = Notes(clinic.database, clinic.keyring, clinic.changes, hints)
        self.another_worker(model, timeout_s)

    def another_worker(self, model: ChatModel, timeout_s: float = 20.0) -> None:
        """One that knows nothing yet of what a provider did before."""
        clinic = self.clinic
        writer = ModelWriter(Provider(model, Calls(Limits(timeout_s, 4, 6_000, 0.0)), Prices(2.0, 20.0)), 32_000)
        self.play.works[Step.NOTE] = Noting(clinic.database, clinic.keyring, clinic.changes, writer)
        self.play.steps = clinic.steps(self.play.works, most=2)

    async def heard(self) -> Session:
        await self.play.start()
        await self.play.send(0)
        await self.play.stop()
        await self.play.plan_hastily()
        await self.play.hear_all()
        return self

    async def noted(self) -> Session:
        await self.heard()
        await self.play.do_steps()
        return self

    @property
    def principal(self) -> Principal:
        return self.clinic.principal

    @property
    def id(self) -> UUID:
        return self.play.session

    async def view(self, generation: int | None = None) -> dict[str, Any]:
        return (await self.notes.view(self.principal, self.id, generation)).model_dump(mode="json")

    async def again(self, template: str | None = None) -> None:
        await self.notes.write(self.principal, self.id, template)
        await self.play.do_steps()

    async def told(self, type_: str) -> list[dict[str, Any]]:
        return [event["data"] for event in await self.play.log() if event["type"] == type_]

    async def state(self) -> str:
        return str((await self.play.transcript())["state"])


async def test_notes_are_written_told_section_by_section_and_sealed(
    clinic: Clinic, server: ModelServer, model: OpenAiModel
) -> None:
    session = await Session(clinic, model).noted()
    view, transcript = await session.view(), await session.play.transcript()
    said = [segment["text"] for segment in transcript["segments"]]
    section = view["sections"][0]
    assert [statement["text"] for statement in section["statements"]] == [f"said: {text}" for text in said]
    assert [statement["segment_ids"] for statement in section["statements"]] == [
        [segment["id"]] for segment in transcript["segments"]
    ]
    assert (view["writer"], view["template"], view["template_name"]) == ("openai tiny", "session", "Session note")
    assert (view["generation"], view["newest"], view["revision"], view["tokens"]) == (1, 1, 0, 110)
    assert (view["cost"], view["uncounted"]) == (pytest.approx(0.0004), 0)
    assert view["leaves"] is False
    types = [event["type"] for event in await session.play.log()]
    assert types.index("note.section") < types.index("artifact.ready", types.index("note.section"))
    (told,) = await session.told("note.section")
    assert told["generation"] == 1
    assert told["section"]["statements"] == [
        {name: value for name, value in statement.items() if name != "edited"} for statement in section["statements"]
    ]
    for table in ("artifacts", "note_answers", "events"):
        rows = await clinic.installation.fetch(f"SELECT body FROM {table} WHERE session_id = $1", session.id)
        assert rows
        assert not any(said[0].encode() in row["body"] for row in rows), table


async def test_the_same_transcript_is_not_paid_for_twice(
    clinic: Clinic, server: ModelServer, model: OpenAiModel
) -> None:
    session = await Session(clinic, model).noted()
    first = await session.view()
    await session.again()
    again = await session.view()
    assert again["tokens"] == 110
    assert (again["generation"], again["sections"], len(server.asked)) == (2, first["sections"], 1)
    await session.again("soap")
    assert (len(server.asked), (await session.view())["template"]) == (2, "soap")
    await session.again()
    assert (len(server.asked), (await session.view())["template"]) == (2, "soap")


@pytest.mark.parametrize(
    ("says", "code", "calls"),
    [
        (Says(status=401), "provider_refused", 1),
        # After five failures in a row nobody is sent there any more.
        (Says(status=500), "provider_away", 5),
        (Says(status=429, headers={"Retry-After": "0"}), "provider_limited", 6),
        (Says('{"key_topics": ['), "bad_answer", 2),
        (Says("I can't help with that."), "bad_answer", 2),
        (Says("x" * 1_000_001), "bad_answer", 2),
        (Says("x" * 1_000, breaks_off=True), "provider_away", 5),
        # Slow five times is away: what is told last is that it is left alone.
        (Says(waits=True), "provider_away", 5),
    ],
)
async def test_a_session_is_ready_without_notes_where_the_provider_fails_until_somebody_tries_again(
    clinic: Clinic, server: ModelServer, model: OpenAiModel, says: Says, code: str, calls: int
) -> None:
    server.script = lambda _: says
    # Only who never answers is waited for that long.
    session = await Session(clinic, model, timeout_s=0.3 if says.waits else 20.0).noted()
    assert await session.state() == "ready"
    assert await session.told("step.failed") == [{"step": "note", "code": code}]
    assert len(server.asked) == calls
    steps = {step["step"]: step for step in (await session.play.transcript())["steps"]}
    assert (steps["note"]["state"], steps["note"]["code"]) == ("failed", code)
    with pytest.raises(NotFound):
        await session.view()
    server.script = obedient
    session.another_worker(model)
    await clinic.sessions.redo(session.principal, session.id, Step.NOTE)
    assert await session.state() == "noting"
    await session.play.do_steps()
    assert (await session.state(), (await session.view())["generation"]) == ("ready", 2)


async def test_notes_in_another_language_than_the_sessions_are_none(
    clinic: Clinic, server: ModelServer, model: OpenAiModel
) -> None:
    def german(asked: Asked) -> Says:
        number, said = asked.material[0].split(" ", 1)
        stated = {"text": GERMAN, "segments": [number], "quote": said.split(": ", 1)[1]}
        return note_of({SECTIONS[0]: [stated]}, asked)

    server.script = german
    session = await Session(clinic, model).heard()
    await clinic.installation.fetch("UPDATE sessions SET language = 'en' WHERE id = $1", session.id)
    await session.play.do_steps()
    assert await session.state() == "ready"
    assert await session.told("step.failed") == [{"step": "note", "code": "wrong_language"}]
    assert len(server.asked) == 2
    server.script = obedient
    await clinic.sessions.redo(session.principal, session.id, Step.NOTE)
    await session.play.do_steps()
    assert (await session.state(), (await session.view())["generation"]) == ("ready", 2)


async def test_what_nobody_said_is_left_out_and_counted_and_the_session_is_ready(
    clinic: Clinic, server: ModelServer, model: OpenAiModel
) -> None:
    made_up = [
        {"text": "made up", "segments": ["s0"], "quote": "words that nobody said"},
        {"text": "of nowhere", "segments": ["s99"], "quote": ""},
    ]
    server.script = lambda asked: note_of({SECTIONS[0]: made_up}, asked)
    session = await Session(clinic, model).noted()
    view = await session.view()
    assert (await session.state(), view["dropped"]) == ("ready", 2)
    assert not any(section["statements"] for section in view["sections"])


async def test_a_step_that_is_tried_again_writes_the_notes(
    clinic: Clinic, server: ModelServer, model: OpenAiModel
) -> None:
    server.script = in_turn(Says("half"), obedient)
    session = await Session(clinic, model).noted()
    assert (await session.view())["generation"] == 1
    assert await session.told("step.failed") == []


@pytest.mark.parametrize(
    ("says", "tokens", "uncounted"),
    [
        (Says("I can't help with that."), 220, 0),
        (Says('{"key_topics": ['), 220, 0),
        (Says("x" * 1_000, breaks_off=True), 110, 1),
        (Says("x" * 1_000_001), 110, 1),
        (Says(status=500), 110, 0),
    ],
)
async def test_a_try_that_came_to_nothing_is_in_what_the_notes_took(
    clinic: Clinic, server: ModelServer, model: OpenAiModel, says: Says, tokens: int, uncounted: int
) -> None:
    server.script = in_turn(says, obedient)
    session = await Session(clinic, model).noted()
    view = await session.view()
    assert (view["generation"], view["tokens"], view["uncounted"]) == (1, tokens, uncounted)
    assert view["cost"] == pytest.approx(tokens / 110 * 0.0004)
    await session.again("soap")
    view = await session.view()
    assert (view["generation"], view["tokens"], view["uncounted"]) == (2, tokens + 110, uncounted)


@pytest.mark.parametrize(
    "body", ["7", "{}", '{"name": "x", "sections": []}', '{"name": "x", "sections": [{"key": 1}]}']
)
async def test_a_malformed_template_ends_as_a_failed_step_and_another_one_mends_it(
    clinic: Clinic, server: ModelServer, model: OpenAiModel, body: str
) -> None:
    session = await Session(clinic, model).noted()
    org_id, user_id = session.principal.org_id, session.principal.user_id
    await clinic.installation.fetch("DELETE FROM note_templates")
    await clinic.installation.fetch(
        "INSERT INTO note_templates (org_id, id, version, body, edited_by) VALUES ($1, 'broken', 3, $3::jsonb, $2)",
        org_id,
        user_id,
        body,
    )
    await session.again("broken")
    assert await session.told("step.failed") == [{"step": "note", "code": "bad_template"}]
    assert (await session.state(), (await session.view())["generation"]) == ("ready", 1)
    templates = NoteTemplates(clinic.database)
    (shown,) = [each for each in (await templates.listed(session.principal)).items if each.id == "broken"]
    assert (shown.sections, shown.version, shown.built_in) == ([], 3, False)
    own = {"name": "Short", "sections": [{"key": "all", "title": "All", "description": "what was said"}]}
    saved = await templates.save(session.principal, "broken", own)
    assert saved.version == 4
    await session.again()
    view = await session.view()
    assert (view["template"], view["template_name"], view["generation"]) == ("broken", "Short", 3)
    await templates.delete(session.principal, "broken")
    await session.again()
    assert (await session.told("step.failed"))[1:] == [{"step": "note", "code": "bad_template"}]


async def test_a_persons_version_stays_what_is_shown_and_tells_of_newer_ones(
    clinic: Clinic, server: ModelServer, model: OpenAiModel
) -> None:
    session = await Session(clinic, model).noted()
    key = (await session.view())["sections"][0]["key"]
    changed = NotesEdit(
        generation=1,
        revision=0,
        sections=[EditedSection(key=key, statements=[EditedStatement(text="as I saw it")])],
    )
    await session.notes.edit(session.principal, session.id, changed)
    signed = await session.notes.sign(session.principal, session.id, NotesSign(generation=1, revision=1))
    await session.again("free")
    view = await session.view()
    assert view == signed.model_dump(mode="json") | {"newest": 2, "tokens": 220, "cost": pytest.approx(0.0008)}
    assert (view["generation"], view["revision"], view["template"]) == (1, 1, "session")
    written = await session.view(2)
    assert (written["generation"], written["template"], written["signed_at"]) == (2, "free", None)
    taken = await session.notes.edit(session.principal, session.id, NotesEdit(generation=2, revision=1, sections=[]))
    assert (taken.generation, taken.revision, taken.template, taken.signed_at) == (2, 2, "free", None)
    assert [section.key for section in taken.sections] == [section["key"] for section in written["sections"]]
    assert await session.told("note.edited") == [
        {"revision": 1, "signed": False},
        {"revision": 1, "signed": True},
        {"revision": 2, "signed": False},
    ]


class Overtaken:
    """A model during whose answer another worker takes the step."""

    name = "openai tiny"
    leaves = False

    def __init__(self, clinic: Clinic, model: ChatModel) -> None:
        self._clinic = clinic
        self._model = model
        self.session: UUID | None = None

    async def stream(self, prompt: Prompt) -> AsyncIterator[str | Usage]:
        await self._clinic.installation.fetch(
            "UPDATE steps SET attempt = attempt + 1 WHERE session_id = $1 AND step = 'note'", self.session
        )
        async for piece in self._model.stream(prompt):
            yield piece

    async def aclose(self) -> None: ...


async def test_a_worker_that_lost_its_claim_shows_and_publishes_nothing_and_leaves_its_answer_to_the_next(
    clinic: Clinic, server: ModelServer, model: OpenAiModel
) -> None:
    overtaken = Overtaken(clinic, model)
    session = await Session(clinic, overtaken).heard()
    overtaken.session = session.id
    await session.play.do_steps()
    assert len(server.asked) == 1
    assert await session.told("note.section") == []
    with pytest.raises(NotFound):
        await session.view()
    await clinic.installation.fetch(
        "UPDATE steps SET lease_until = now() WHERE session_id = $1 AND step = 'note'", session.id
    )
    session.another_worker(model)
    await session.play.do_steps()
    # What the first one was answered is counted, and was kept for whoever asks the same.
    assert ((await session.view())["tokens"], len(server.asked)) == (110, 1)
