"""Files of a session: each says everything, whatever was said, and nothing that was said is taken for structure."""

from __future__ import annotations

import base64
import re
from io import BytesIO
from typing import Any
from uuid import UUID
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import orjson
import pytest
from docx import Document
from fhir.resources.R4B.bundle import Bundle
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt
from pydantic import ValidationError
from pypdf import PdfReader

from session_core.messages.export import SessionExport
from session_core.schema import wire_schema
from session_core.session import SessionState
from stream_server.exports.fhir import bundle
from stream_server.exports.forms import FORMS
from stream_server.exports.language import language_name
from stream_server.exports.local_time import UNIVERSAL, day_and_time, zone_named
from stream_server.exports.markdown import escaped, markdown
from stream_server.exports.reading import reading
from stream_server.exports.text import text
from tests.exported import EXPORTED, SESSION, SIGNED, exported, notes

BERLIN = ZoneInfo("Europe/Berlin")
WILD = (
    "=cmd|' /C calc'!A0 <b>&amp;</b> --> \x00\x07 # 1. [x](y) `*_ | \U0001f600 שלום مرحبا नमस्ते 中文 "
    "\u202e\u2028\ufffe" + "x" * 400
)
READABLE = ("txt", "md", "docx", "pdf", "fhir")


def words(form: str, export: SessionExport) -> str:
    """The text that a reader of the file sees, its white space as single spaces."""
    made = FORMS[form].write(export, BERLIN)
    shown = {
        "txt": lambda: made.decode(),
        "md": lambda: re.sub("<[^>]*>", " ", MarkdownIt("commonmark").enable("table").render(made.decode())),
        "docx": lambda: docx_text(made),
        "pdf": lambda: "\n".join(page.extract_text() for page in PdfReader(BytesIO(made)).pages),
        "fhir": lambda: fhir_text(orjson.loads(made)),
    }[form]()
    return " ".join(shown.split())


def docx_text(made: bytes) -> str:
    document = Document(BytesIO(made))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*cells, *(paragraph.text for paragraph in document.paragraphs)])


def fhir_text(document: dict[str, Any]) -> str:
    composition, transcript, *_ = (entry["resource"] for entry in document["entry"])
    narratives = [composition["text"], *(section["text"] for section in composition["section"] if "text" in section)]
    shown = ["".join(ElementTree.fromstring(narrative["div"]).itertext()) for narrative in narratives]
    titles = [composition["title"], *(section["title"] for section in composition["section"])]
    return "\n".join([*titles, *shown, base64.b64decode(transcript["content"][0]["attachment"]["data"]).decode()])


@pytest.mark.parametrize("form", READABLE)
def test_a_readable_file_says_everything(form: str) -> None:
    shown = words(form, exported())
    for expected in (
        "First visit", "P-17", "2 March 2026, 10:00 (Berlin time)", "13:00", "Ann, Speaker 2",
        "70, of which the recogniser guessed less than 1 %", "Not recorded", "5 %",
        "Parts could not be transcribed", "Another warning: from_a_later_version.",
        "Who speaks where could not be found.",
        "Language", "English",
        "SOAP note, made of sentences of the transcript.",
        "Signed 2 March 2026, 11:05 (Berlin time) by ann@north.example.",
        "supports them: 1.",
        "Subjective", "Pain on the left side. [01:00 Speaker 2] [12:00 Ann]", "it hurts", "Plan", "Nothing.",
        "Denies thoughts of harm. (self-harm, asked about and denied)", "[01:01] looks pale",
        "Speaker 2: it hurts on the left", "Ann: good morning", "Speaker unknown: good morning",
        "[02:10] (no audio until 02:50)", "[05:10] (not transcribed until 05:50)",
    ):  # fmt: skip
        assert expected in shown
    assert "Merged" not in shown
    assert "(no time)" not in shown


@pytest.mark.parametrize("form", READABLE)
def test_what_is_not_there_is_said(form: str) -> None:
    whole = exported(title=None, patient=None, segments=0)
    transcript = whole.transcript.model_copy(
        update={"coverage": None, "failed": [], "typed_notes": [], "state": SessionState.TRANSCRIBING}
    )
    shown = words(form, whole.model_copy(update={"notes": None, "quality": None, "transcript": transcript}))
    assert "Session of 2 March 2026" in shown
    assert "not finished. It is being transcribed: this is what there is by now." in shown
    assert "There are no" in shown.replace("There are none", "There are no")
    assert "Signed" not in shown


@pytest.mark.parametrize("form", READABLE)
def test_that_nothing_was_flagged_is_told_with_what_it_means(form: str) -> None:
    """Also where the template has no place for risks."""
    whole = exported()
    assert whole.notes is not None
    without = whole.notes.sections[:2]
    emptied = [*without, whole.notes.sections[2].model_copy(update={"statements": []})]
    for sections in (without, emptied):
        for screened in (True, False):
            changed = whole.notes.model_copy(update={"sections": sections, "screened": screened})
            shown = words(form, whole.model_copy(update={"notes": changed}))
            assert ("No words about risk were found. That does not say" in shown) == screened
            assert ("Not screened for risk" in shown) != screened


@pytest.mark.parametrize("form", READABLE)
def test_a_quote_that_was_corrected_since_is_not_told_as_what_was_said(form: str) -> None:
    corrected, gone = "What was said here was corrected since.", "What supported it is not in the transcript any more."
    stands = words(form, exported("Take 50 mg!", quote="take 50 mg"))
    assert "take 50 mg" in stands
    assert corrected not in stands
    shown = words(form, exported("Take 15 mg!", quote="take 50 mg"))
    assert corrected in shown
    assert "[01:00 Speaker 2]" in shown
    assert "take 50 mg" not in shown
    removed = words(form, exported(quote="take 50 mg", segments=1))
    assert gone in removed
    assert "take 50 mg" not in removed


@pytest.mark.parametrize("form", sorted(FORMS))
def test_anything_that_people_say_or_type_can_be_exported(form: str) -> None:
    export = exported(WILD, title=WILD, patient=WILD, name=WILD, typed=WILD, note=WILD, quote=WILD)
    assert FORMS[form].write(export, BERLIN)
    if form in READABLE and form != "pdf":
        shown = words(form, export)
        assert "=cmd|' /C calc'!A0 <b>" in shown.replace("&lt;", "<").replace("&gt;", ">")
        assert "שלום مرحبا नमस्ते 中文" in shown
        assert "\u202e" not in shown


@settings(max_examples=30, deadline=None)
@given(st.text(min_size=1, max_size=60))
def test_every_text_survives_every_form(said: str) -> None:
    export = exported(said, title=said, patient=said, name=said, typed=said, note=said, quote=said, segments=2)
    read = reading(export, BERLIN)
    for form in ("txt", "docx", "fhir"):
        assert read.transcript[1].text in words(form, export)


@settings(deadline=None)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
def test_markdown_shows_text_as_it_is(said: str) -> None:
    said = " ".join(said.split())
    for prefix in ("", "- ", "> "):
        html = MarkdownIt("commonmark").enable("table").render(f"{prefix}{escaped(said)}\n")
        inner = re.sub("</?(p|ul|li|blockquote)>", "", html)
        assert not re.search("<[a-z]", inner)
        shown = inner.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
        assert shown.split() == said.split()


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("see https://a.example/b", "see https\\://a.example/b"),
        ("HTTP://A.example", "HTTP\\://A.example"),
        ("ftp://a.example", "ftp\\://a.example"),
        ("(WWW.a.example)", "(WWW\\.a.example)"),
        ("mailto:ann@north.example", "mailto:ann\\@north.example"),
        ("at 5:30 // or 1.5", "at 5:30 // or 1.5"),
    ],
)
def test_markdown_makes_no_links_of_addresses(said: str, written: str) -> None:
    """By the letters that GitHub's autolinks hold: the parser at hand knows none of them."""
    assert escaped(said) == written
    assert MarkdownIt("commonmark").render(escaped(said)) == f"<p>{said}</p>\n"


def test_the_json_file_fits_the_schema_and_holds_the_words_and_the_evidence() -> None:
    document = orjson.loads(FORMS["json"].write(exported(), BERLIN))
    Draft202012Validator({"$ref": "#/$defs/SessionExport", "$defs": wire_schema()["$defs"]}).validate(document)
    assert (document["format"], document["version"]) == ("hearken.session", 1)
    assert document["transcript"]["segments"][1]["words"][0] == {"w": "it", "s": 60_000, "e": 60_250, "p": 0.9}
    assert document["notes"]["sections"][0]["statements"][0]["segment_ids"][0] == str(UUID(int=1))
    assert SessionExport.model_validate(document, strict=False) == exported()


def test_captions_are_those_of_the_transcript() -> None:
    assert FORMS["srt"].write(exported(), BERLIN).startswith(b"1\n00:00:00,000 --> ")
    assert FORMS["vtt"].write(exported(), BERLIN).startswith(b"WEBVTT\n")


def test_notes_that_nobody_signed_are_a_draft_and_old_ones_say_so() -> None:
    draft = notes("Pain.", None, signed_at=None, signed_by=None, newest=3, edited_at=SIGNED, edited_by="Ann")
    shown = text(exported().model_copy(update={"notes": draft}), BERLIN).decode()
    assert "Not signed: a draft." in shown
    assert "Edited 2 March 2026, 11:05 (Berlin time) by Ann." in shown
    assert "Newer notes were written since." in shown
    assert "Newer notes" not in text(exported(), BERLIN).decode()


def test_a_markdown_file_has_headings_and_a_list() -> None:
    lines = markdown(exported(), BERLIN).decode().splitlines()
    assert [line for line in lines if line.startswith("#")] == [
        "# First visit", "## Notes", "### Subjective", "### Plan", "### Risk flags", "## Typed notes", "## Transcript",
    ]  # fmt: skip
    assert lines[lines.index("### Subjective") + 2 :][:2] == [
        "- Pain on the left side. \\[01:00 Speaker 2\\] \\[12:00 Ann\\]",
        "  > it hurts",
    ]


def test_a_word_file_has_headings_a_table_and_a_language_and_tells_nothing_from_outside() -> None:
    document = Document(BytesIO(FORMS["docx"].write(exported(), BERLIN)))
    headed = [(each.style.name, each.text) for each in document.paragraphs if each.style and "Head" in each.style.name]
    assert headed == [
        ("Heading 1", "Notes"), ("Heading 2", "Subjective"), ("Heading 2", "Plan"), ("Heading 2", "Risk flags"),
        ("Heading 1", "Typed notes"), ("Heading 1", "Transcript"),
    ]  # fmt: skip
    (table,) = document.tables
    assert [cell.text for cell in table.rows[0].cells] == ["Patient", "P-17"]
    about = document.core_properties
    assert (about.title, about.author, about.language, about.comments) == ("Session 1a2b3c4d", "Hearken", "en", "")
    bold = {run.text for paragraph in document.paragraphs for run in paragraph.runs if run.bold}
    assert {"Ann: ", "Speaker 2: "} <= bold


def test_a_pdf_file_has_numbered_pages_an_outline_and_a_language_and_tells_nothing_from_outside() -> None:
    file = PdfReader(BytesIO(FORMS["pdf"].write(exported(segments=100), BERLIN)))
    assert len(file.pages) > 1
    for number, page in enumerate(file.pages, 1):
        assert f"Session 1a2b3c4d · page {number} of {len(file.pages)}" in page.extract_text()
    assert str(file.root_object["/Lang"]) == "en"
    about: dict[str, Any] = dict(file.metadata or {})
    assert {name: value for name, value in about.items() if name != "/CreationDate"} == {
        "/Title": "Session 1a2b3c4d", "/Creator": "Hearken",
    }  # fmt: skip
    flat: list[Any] = [entry for part in file.outline for entry in (part if isinstance(part, list) else [part])]
    assert {"First visit", "Notes", "Transcript"} <= {entry["/Title"] for entry in flat if not isinstance(entry, list)}


def test_a_pdf_file_says_when_its_font_lacks_letters() -> None:
    lacking = "Letters that this file's font lacks"
    assert lacking not in words("pdf", exported("Grüße, Ελλάδα, Привет, שלום, مرحبا, नमस्ते, สวัสดี"))
    assert lacking in words("pdf", exported("中文"))


def test_the_same_session_gives_the_same_bytes() -> None:
    for form in sorted(set(FORMS) - {"docx"}):
        assert FORMS[form].write(exported(), BERLIN) == FORMS[form].write(exported(), BERLIN), form


def resources(export: SessionExport) -> dict[str, dict[str, Any]]:
    document = orjson.loads(FORMS["fhir"].write(export, BERLIN))
    return {entry["resource"]["resourceType"]: entry["resource"] for entry in document["entry"]}


def test_a_fhir_document_keeps_the_rules_of_documents() -> None:
    document = orjson.loads(FORMS["fhir"].write(exported(), BERLIN))
    assert Bundle.model_validate(document) == bundle(exported(), BERLIN)
    assert (document["resourceType"], document["type"]) == ("Bundle", "document")
    assert document["identifier"]["system"]
    assert document["identifier"]["value"]
    assert document["timestamp"].startswith(EXPORTED[:19])
    assert document["entry"][0]["resource"]["resourceType"] == "Composition"
    urls = [entry["fullUrl"] for entry in document["entry"]]
    assert len(set(urls)) == len(urls)
    assert [f"urn:uuid:{entry['resource']['id']}" for entry in document["entry"]] == urls
    assert set(references(document)) <= set(urls)
    assert set(references(document)) == set(urls[1:])


def references(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["reference"]] if isinstance(node.get("reference"), str) else []
        return own + [found for value in node.values() for found in references(value)]
    return [found for value in node for found in references(value)] if isinstance(node, list) else []


def test_a_fhir_document_is_final_once_somebody_signed_and_names_them_as_its_author() -> None:
    signed = resources(exported())
    composition = signed["Composition"]
    practitioner = {"reference": f"urn:uuid:{signed['Practitioner']['id']}"}
    assert composition["status"] == "final"
    assert composition["author"][0] == practitioner
    assert [(each["mode"], each["party"]) for each in composition["attester"]] == [("professional", practitioner)]
    assert signed["Practitioner"]["telecom"] == [{"system": "email", "value": "ann@north.example"}]
    draft = resources(exported().model_copy(update={"notes": notes("Pain.", None, signed_at=None, signed_by=None)}))
    assert draft["Composition"]["status"] == "preliminary"
    assert "Practitioner" not in draft
    assert "attester" not in draft["Composition"]
    assert resources(exported().model_copy(update={"notes": None}))["Composition"]["status"] == "preliminary"


def test_what_was_signed_before_is_told_and_amends_it_once_it_is_signed_again() -> None:
    signed_again, changed = notes("Pain.", None, revision=2), notes("Pain.", None, revision=2, signed_at=None)
    for view, status in ((signed_again, "amended"), (changed, "preliminary")):
        export = exported().model_copy(update={"notes": view})
        assert resources(export)["Composition"]["status"] == status
        told = "An earlier version was signed 2 March 2026, 11:05 (Berlin time) by ann@north.example."
        assert told in text(export, BERLIN).decode()
    assert "version was signed" not in text(exported(), BERLIN).decode()


def test_a_fhir_document_knows_the_patient_by_the_identifier_alone() -> None:
    found = resources(exported())
    patient = found["Patient"]
    assert {name: patient[name] for name in patient if name not in ("id", "resourceType")} == {
        "identifier": [{"value": "P-17"}]
    }
    assert found["Composition"]["subject"] == found["DocumentReference"]["subject"]
    nobody = resources(exported(patient=None))
    assert "Patient" not in nobody
    assert "subject" not in nobody["Composition"]


def test_sections_of_a_fhir_document_have_the_codes_that_there_are() -> None:
    composition = resources(exported())["Composition"]
    assert composition["type"]["coding"] == [{"system": "http://loinc.org", "code": "11488-4"}]
    codes = {
        section["title"]: section["code"]["coding"][0]["code"] if "code" in section else None
        for section in composition["section"]
    }
    assert codes == {
        "Subjective": "61150-9", "Plan": "18776-5", "Risk flags": None, "Typed notes": None, "Transcript": None,
    }  # fmt: skip


def test_the_transcript_is_attached_to_a_fhir_document() -> None:
    reference = resources(exported())["DocumentReference"]
    attachment = reference["content"][0]["attachment"]
    attached = base64.b64decode(attachment["data"])
    assert (reference["status"], reference["docStatus"]) == ("current", "final")
    assert attachment["contentType"] == "text/plain; charset=utf-8"
    assert attachment["size"] == len(attached)
    assert attached.startswith(b"[00:00] Ann: good morning\n[01:00] Speaker 2: it hurts on the left\n")


def test_what_is_not_fhir_is_not_made() -> None:
    view = exported()
    session = view.session.model_copy(update={"created_at": "yesterday"})
    with pytest.raises(ValueError, match="Invalid isoformat string"):
        bundle(view.model_copy(update={"session": session}), BERLIN)
    made = orjson.loads(FORMS["fhir"].write(view, BERLIN))
    del made["entry"][0]["resource"]["author"]
    with pytest.raises(ValidationError, match="author"):
        Bundle.model_validate(made)


def test_no_name_of_a_file_says_anything_of_anybody() -> None:
    assert reading(exported(), BERLIN).name == f"Session {str(SESSION)[:8]}"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Europe/Berlin", "31 December 2025, 23:30 (Berlin time)"),
        ("America/Argentina/Buenos_Aires", "31 December 2025, 19:30 (Buenos Aires time)"),
        ("Asia/Calcutta", "1 January 2026, 04:00 (Calcutta time)"),
        ("Etc/GMT-3", "1 January 2026, 01:30 (universal time +03:00)"),
        ("UTC", "31 December 2025, 22:30 (universal time)"),
    ],
)
def test_a_moment_is_told_by_the_clocks_of_a_place_that_is_named(name: str, shown: str) -> None:
    assert day_and_time("2025-12-31T22:30:59.5+00:00", zone_named(name)) == shown


@pytest.mark.parametrize(
    "name",
    ["", "Europe", "Europe/Atlantis", "../../../etc/passwd", "/etc/localtime", "zone.tab", "\0", "x" * 5_000, "é"],
)
def test_times_of_a_place_that_nobody_knows_are_universal(name: str) -> None:
    assert zone_named(name) is UNIVERSAL


def test_clocks_that_are_changed_in_summer_are_those_of_the_day() -> None:
    assert day_and_time("2026-07-02T09:00:00+00:00", BERLIN) == "2 July 2026, 11:00 (Berlin time)"


def test_what_programs_read_is_the_same_in_every_zone() -> None:
    for form in ("json", "srt", "vtt"):
        assert FORMS[form].write(exported(), BERLIN) == FORMS[form].write(exported(), UNIVERSAL), form
    here, there = (orjson.loads(FORMS["fhir"].write(exported(), zone)) for zone in (BERLIN, UNIVERSAL))
    assert here["timestamp"] == there["timestamp"]
    assert here["entry"][0]["resource"].pop("text") != there["entry"][0]["resource"].pop("text")
    assert here == there


@pytest.mark.parametrize(
    ("tag", "name"), [("en", "English"), ("pt-BR", "Portuguese (BR)"), ("ht", "Haitian Creole"), ("xx-YY", "xx-YY")]
)
def test_languages_have_the_names_that_people_call_them(tag: str, name: str) -> None:
    assert language_name(tag) == name


@pytest.mark.parametrize(
    ("writer", "told"),
    [
        ("extractive all-MiniLM-L6-v2", "made of sentences of the transcript."),
        ("gemini gemini-2.5-flash", "written by Gemini (gemini-2.5-flash)."),
        ("openai llama3", "written by llama3."),
    ],
)
def test_who_wrote_the_notes_is_told_in_words(writer: str, told: str) -> None:
    noted = exported().model_copy(update={"notes": notes("x", None, writer=writer)})
    assert f"SOAP note, {told}" in text(noted, BERLIN).decode()
