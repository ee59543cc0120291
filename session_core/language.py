"""Languages as BCP 47 tags name them."""

from __future__ import annotations


def primary_subtag(language: str) -> str:
    """The language of a BCP 47 tag without script, region or variant: "en" of "en-GB"."""
    return language.replace("_", "-").split("-", 1)[0].lower()
