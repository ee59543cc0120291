"""Passwords: argon2id with the library's present parameters (RFC 9106)."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 10


def hash_password(password: str) -> str:
    return PasswordHasher().hash(password)


def matches(password_hash: str, password: str) -> bool:
    """Takes tens of milliseconds and megabytes on purpose: call it away from the event loop."""
    try:
        return PasswordHasher().verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
