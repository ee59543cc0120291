"""Signing in, renewing and signing out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.caller import Caller, Reply, sign_in
from tests.installation import PASSWORD, Installation, Node, Person


async def test_signing_in_tells_who_one_is(installation: Installation, node: Node, nobody: Caller) -> None:
    tokens = (await sign_in(nobody, installation.ann)).ok()
    assert tokens["user"]["email"] == installation.ann.email
    assert tokens["expires_in"] == installation.settings.access_token_s
    me = (await Caller(installation, node, tokens["access_token"])("GET", "/me")).ok()
    assert me == tokens["user"]
    assert me["organisation"] == installation.ann.organisation


async def test_an_email_may_be_written_in_any_case(installation: Installation, nobody: Caller) -> None:
    body = {"email": f"  {installation.ann.email.upper()} ", "password": PASSWORD}
    assert (await nobody("POST", "/auth/login", json=body)).ok()["user"]["email"] == installation.ann.email


async def test_a_wrong_password_and_an_unknown_email_are_answered_alike(
    installation: Installation, nobody: Caller
) -> None:
    wrong = await sign_in(nobody, installation.ann, "another password")
    unknown = await sign_in(nobody, Person("nobody@nowhere.example", ""))
    assert wrong.refused() == unknown.refused() == "unauthenticated"
    assert wrong.body == unknown.body


async def test_too_many_attempts_to_sign_in_are_refused_with_the_time_to_wait(installation: Installation) -> None:
    node = await installation.start_node(logins_per_minute=3)
    caller = Caller(installation, node, None)
    for _ in range(3):
        assert (await sign_in(caller, installation.ann, "wrong password")).refused() == "unauthenticated"
    limited = await sign_in(caller, installation.ann)
    assert limited.refused() == "rate_limited"
    assert 0 < limited.json["error"]["retry_after_s"] <= 20
    assert 1 <= int(limited.headers["Retry-After"]) <= 20
    assert (await sign_in(caller, installation.bob)).refused() == "rate_limited", "the address has its own count"
    await node.terminate()


async def test_a_refresh_token_works_once_and_once_more_within_a_minute(
    installation: Installation, nobody: Caller
) -> None:
    first = (await sign_in(nobody, installation.ann)).ok()
    second = (await refresh(nobody, first)).ok()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["user"] == first["user"]
    (await refresh(nobody, first)).ok()
    (await refresh(nobody, second)).ok()


async def test_a_refresh_token_used_long_ago_ends_the_whole_sign_in(installation: Installation, nobody: Caller) -> None:
    first = (await sign_in(nobody, installation.ann)).ok()
    other = (await sign_in(nobody, installation.ann)).ok()
    second = (await refresh(nobody, first)).ok()
    await installation.execute("UPDATE refresh_tokens SET used_at = used_at - interval '61 s'")
    assert (await refresh(nobody, first)).refused() == "unauthenticated"
    assert (await refresh(nobody, second)).refused() == "unauthenticated"
    (await refresh(nobody, other)).ok()


async def test_a_refresh_token_expires(installation: Installation, nobody: Caller) -> None:
    tokens = (await sign_in(nobody, installation.bob)).ok()
    await installation.execute("UPDATE refresh_tokens SET expires_at = now() - interval '1 s'")
    assert (await refresh(nobody, tokens)).refused() == "unauthenticated"


@pytest.mark.parametrize("wrong", ["", "x", "a.b.c", "..", "0" * 32, ".".join(["0" * 32] * 3), "é.é.é"])
async def test_what_is_no_refresh_token_is_refused(nobody: Caller, wrong: str) -> None:
    assert (await nobody("POST", "/auth/refresh", json={"refresh_token": wrong})).refused() == "unauthenticated"


async def test_a_refresh_token_with_another_secret_or_organisation_is_refused(
    installation: Installation, nobody: Caller
) -> None:
    tokens = (await sign_in(nobody, installation.ann)).ok()
    org, token_id, secret = tokens["refresh_token"].split(".")
    other = await installation.value("SELECT org_id FROM users WHERE email = $1", installation.bob.email)
    for wrong in (f"{org}.{token_id}.{secret[:-2]}00", f"{other.hex}.{token_id}.{secret}", f"{org}.{token_id}."):
        if wrong != tokens["refresh_token"]:
            assert (await refresh(nobody, {"refresh_token": wrong})).refused() == "unauthenticated"
    (await refresh(nobody, tokens)).ok()


async def test_signing_out_ends_the_sign_in(installation: Installation, node: Node, nobody: Caller) -> None:
    tokens = (await sign_in(nobody, installation.ann)).ok()
    assert (await Caller(installation, node, tokens["access_token"])("POST", "/auth/logout")).status == 204
    assert (await refresh(nobody, tokens)).refused() == "unauthenticated"


async def test_a_disabled_account_neither_signs_in_nor_renews(
    installation: Installation, node: Node, nobody: Caller
) -> None:
    tokens = (await sign_in(nobody, installation.bob)).ok()
    await installation.execute(f"UPDATE users SET disabled_at = now() WHERE email = '{installation.bob.email}'")
    try:
        assert (await sign_in(nobody, installation.bob)).refused() == "unauthenticated"
        assert (await refresh(nobody, tokens)).refused() == "unauthenticated"
        assert (await Caller(installation, node, tokens["access_token"])("GET", "/me")).refused() == "unauthenticated"
    finally:
        await installation.execute("UPDATE users SET disabled_at = NULL")


async def test_nobodys_name_and_no_secret_is_in_the_log(installation: Installation, nobody: Caller) -> None:
    tokens = (await sign_in(nobody, installation.ann)).ok()
    await sign_in(nobody, installation.ann, "another password")
    said = installation.said()
    for word in (installation.ann.email, PASSWORD, "another password", tokens["access_token"], tokens["refresh_token"]):
        assert word not in said


async def refresh(nobody: Caller, tokens: dict[str, Any]) -> Reply:
    return await nobody("POST", "/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
