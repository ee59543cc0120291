"""What every wire message is, and how one that comes in is understood."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from session_core.errors import Invalid


class Message(BaseModel):
    """Strict: ``"7"`` is no integer and ``true`` is none either."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class Request(Message):
    pass


class Answer(Message):
    """Every answer to a Socket.IO request also carries ``ok: true``."""


RequestT = TypeVar("RequestT", bound=Request)


def parse(model: type[RequestT], value: object) -> RequestT:
    """The request in ``value``, or :class:`Invalid` naming the fields that are wrong, never their content."""
    if not isinstance(value, dict):
        raise Invalid("the message must be an object")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Invalid(_wrong_fields(error)) from None


def _wrong_fields(error: ValidationError) -> str:
    wrong = sorted({str(item["loc"][0]) if item["loc"] else "message" for item in error.errors(include_input=False)})
    return "missing or wrong: " + ", ".join(name[:40] for name in wrong)
