"""Words that are likely to be said, as they are to be written: an organisation's, and a patient's."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from session_core.messages.message import Answer, Request
from session_core.messages.session import ShortText


class VocabularyEdit(Request):
    """``version`` is the one that was edited, 0 for the first. What is wrong with ``words`` is told by their places."""

    words: Annotated[list[str], Field(max_length=2_000)]
    version: Annotated[int, Field(ge=0, lt=2**31 - 1)]


class PatientNamed(Request):
    """Which patient is meant; a reference to one stands in no address."""

    patient_id: Annotated[ShortText, StringConstraints(min_length=1)]


class PatientVocabularyEdit(VocabularyEdit, PatientNamed):
    pass


class VocabularyView(Answer):
    """``version`` is 0 where nobody has written any."""

    words: list[str]
    version: int
