"""Sealing, wrapping, looking up blindly."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_core import envelope
from session_core.envelope import KEY_BYTES, Key, organisation_label, session_label
from session_core.errors import Internal

KEY, OTHER = Key(bytes(range(32))), Key(bytes(32))


@given(st.binary(max_size=300), st.binary(max_size=50))
def test_what_was_sealed_opens_and_is_nowhere_to_be_read(plain: bytes, label: bytes) -> None:
    sealed = KEY.seal(plain, label)
    assert KEY.open(sealed, label) == plain
    assert len(sealed) == len(plain) + 28
    assert len(plain) < 4 or plain not in sealed


def test_the_same_twice_looks_different() -> None:
    assert KEY.seal(b"same", b"place") != KEY.seal(b"same", b"place")


@given(st.binary(max_size=40), st.binary(max_size=20), st.binary(max_size=20))
def test_another_label_or_key_never_opens_it(plain: bytes, label: bytes, wrong: bytes) -> None:
    sealed = KEY.seal(plain, label)
    with pytest.raises(Internal):
        OTHER.open(sealed, label)
    if wrong != label:
        with pytest.raises(Internal):
            KEY.open(sealed, wrong)


@given(st.binary(max_size=40), st.data())
def test_no_changed_bit_and_no_cut_goes_unseen(plain: bytes, data: st.DataObject) -> None:
    sealed = KEY.seal(plain, b"label")
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    changed = bytearray(sealed)
    changed[bit // 8] ^= 1 << bit % 8
    cut = sealed[: data.draw(st.integers(0, len(sealed) - 1))]
    for wrong in (bytes(changed), cut):
        with pytest.raises(Internal):
            KEY.open(wrong, b"label")


def test_the_chain_of_keys_leads_from_the_master_to_the_record() -> None:
    master, organisation, session = Key.generate(), Key.generate(), Key.generate()
    org_id, session_id = UUID(int=1), UUID(int=2)
    wrapped_organisation = master.wrap(organisation, organisation_label(org_id))
    wrapped_session = organisation.wrap(session, session_label(session_id))
    sealed = session.seal(b"words", b"label")
    found = master.unwrap(wrapped_organisation, organisation_label(org_id)).unwrap(
        wrapped_session, session_label(session_id)
    )
    assert found.open(sealed, b"label") == b"words"
    with pytest.raises(Internal):
        master.unwrap(wrapped_session, session_label(session_id))
    with pytest.raises(Internal):
        master.unwrap(wrapped_organisation, organisation_label(UUID(int=3)))


def test_every_kind_and_place_of_a_record_has_a_label_of_its_own() -> None:
    one, other = UUID(int=1), UUID(int=2)
    labels = [
        label
        for first in (one, other)
        for label in (
            envelope.organisation_label(first),
            envelope.session_label(first),
            envelope.details_label(first),
            envelope.coverage_label(first),
            *(envelope.chunk_label(first, number) for number in (0, 1, 256)),
            *(envelope.event_label(first, number) for number in (0, 1, 256)),
            *(envelope.window_label(first, second) for second in (one, other)),
            *(envelope.segment_label(first, second) for second in (one, other)),
        )
    ]
    assert len(set(labels)) == len(labels)


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_blind_term_is_the_same_only_for_the_same_value_key_and_purpose(value: str, other: str) -> None:
    blind = KEY.blind(value, "title")
    assert blind == KEY.blind(value, "title")
    assert len(blind) == 16
    assert (blind == KEY.blind(other, "title")) == (value == other)
    assert blind != KEY.blind(value, "patient")
    assert blind != OTHER.blind(value, "title")


def test_derived_secrets_differ_by_purpose() -> None:
    assert KEY.derive("access token") != KEY.derive("title")
    assert len(KEY.derive("access token")) == KEY_BYTES


def test_a_key_does_not_show_itself_and_has_its_length() -> None:
    assert repr(KEY) == "Key(...)"
    for length in (0, 16, 31, 33):
        with pytest.raises(ValueError, match="32 bytes"):
            Key(bytes(length))
