"""What is kept of a vocabulary, whatever people send."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from session_core.vocabulary import LONGEST, normalised

LETTERS = st.characters(categories=("L", "M", "N", "Zs", "Pd"))
WORDS = st.lists(
    st.text(LETTERS, max_size=LONGEST // 4).map(lambda text: f"{text}a")
    | st.sampled_from(["Ada", "ADA ", "e\u0301", " "]),
    max_size=20,
)


@given(WORDS)
def test_what_is_kept_is_plain_in_order_and_the_same_when_it_is_sent_again(words: list[str]) -> None:
    kept = normalised(words, 20)
    assert normalised(kept, 20) == kept
    assert len({word.casefold() for word in kept}) == len(kept)
    for word in kept:
        assert 1 <= len(word) <= LONGEST
        assert word == " ".join(unicodedata.normalize("NFC", word).split())
        assert any(character.isalnum() for character in word)
    sent = [" ".join(unicodedata.normalize("NFC", word).split()) for word in words]
    assert [sent.index(word) for word in kept] == sorted(sent.index(word) for word in kept)
    assert {word.casefold() for word in kept} == {word.casefold() for word in sent if word}
