"""Signing in, and the tokens it gives."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from session_core.messages.message import Answer, Request


class Login(Request):
    email: Annotated[str, StringConstraints(max_length=320, pattern=r"^[^\x00]*$")]
    password: Annotated[str, StringConstraints(max_length=1000)]


class RefreshToken(Request):
    refresh_token: Annotated[str, StringConstraints(max_length=1000)]


class User(Answer):
    id: UUID
    email: str
    organisation: str


class Tokens(Answer):
    access_token: str
    refresh_token: str
    expires_in: int
    user: User
