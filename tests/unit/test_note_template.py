"""Templates of notes: the built-in ones are good, and a malformed one says where."""

from __future__ import annotations

from typing import Any

import pytest

from session_core.errors import Invalid
from session_core.note_template import BUILT_IN, DEFAULT, built_in, parse_template


def section(**changes: Any) -> dict[str, Any]:
    return {"key": "plan", "title": "Plan", "description": "What comes next.", "kind": "statements"} | changes


def template(*sections: Any, **changes: Any) -> dict[str, Any]:
    return {"id": "mine", "name": "Mine", "version": 1, "sections": list(sections)} | changes


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_templates_are_templates(name: str) -> None:
    found = built_in(name)
    assert found.id == name
    assert parse_template(found.model_dump(mode="json")) == found


def test_the_default_template_flags_risks_and_has_both_summaries() -> None:
    kinds = {each.key: each.kind for each in built_in(DEFAULT).sections}
    assert kinds == {
        "key_topics": "statements",
        "mood": "statements",
        "strategies": "statements",
        "action_items": "statements",
        "risk_flags": "flags",
        "clinician_summary": "text",
        "patient_summary": "text",
    }


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (None, "the template"),
        ([], "the template"),
        (template(), "sections"),
        (template(section(), sections="none"), "sections"),
        (template(section(), id="My Template"), "id"),
        (template(section(), name="  "), "name"),
        (template(section(), version=0), "version"),
        (template(section(), version="1"), "version"),
        (template(section(), colour="red"), "colour"),
        (template(section(), section(key="next", most=0)), "sections[1].most"),
        (template(section(), section(key="next", most=True)), "sections[1].most"),
        (template(section(kind="list")), "sections[0].kind"),
        (template(section(description="")), "sections[0].description"),
        (template(section(key="1st")), "sections[0].key"),
        (template("plan"), "sections[0]"),
        (template(section(), section()), "two sections have the key plan"),
    ],
)
def test_a_malformed_template_says_which_field_is_wrong(value: object, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_template(value)
    assert field in caught.value.message


def test_every_wrong_field_is_named_and_nothing_of_its_content() -> None:
    with pytest.raises(Invalid) as caught:
        parse_template(template(section(title="", kind="secret words"), name=""))
    assert all(field in caught.value.message for field in ("name", "sections[0].title", "sections[0].kind"))
    assert "secret" not in caught.value.message
