"""Every setting of the installation: one typed object, read once from ``HEARKEN_*`` variables.

A name that is not a setting stops the program and says which name was probably meant, because a
misspelt limit that is silently ignored is found out too late.
"""

from __future__ import annotations

import base64
import binascii
import difflib
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

PREFIX = "HEARKEN_"


class SettingsError(Exception):
    """The settings cannot be used; the message names each wrong one and what is expected."""


Seconds = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


class Settings(BaseModel):
    """The settings of nodes and workers. Durations are seconds, sizes are bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    database_url: str = Field(
        "postgresql://hearken_app@127.0.0.1:5432/hearken",
        description="Postgres as the application role, which owns nothing",
    )
    owner_database_url: str | None = Field(
        None, description="Postgres as the role that owns the tables; used by `hearken migrate` alone"
    )
    redis_url: str = Field("redis://127.0.0.1:6379/0", description="Redis; `unix://` addresses work too")
    master_key: SecretStr = Field(
        ..., description="32 random bytes in base64; wraps every organisation's key. Losing it loses the data"
    )

    host: str = Field("127.0.0.1", description="address the node listens on")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(8080, description="port the node listens on")
    web_client: str | None = Field(
        None, description="folder of the built web client instead of `web_client/dist`; empty: none is served"
    )
    allowed_origins: tuple[str, ...] = Field(
        (), description="web origins besides the node's own that may connect, separated by commas"
    )
    trusted_proxies: tuple[str, ...] = Field(
        (), description="addresses of proxies whose X-Forwarded-For is believed, separated by commas"
    )
    drain_s: Seconds = Field(10.0, description="how long a stopping node may finish what it has begun")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level that is logged")

    access_token_s: Seconds = Field(900.0, description="life of an access token")
    refresh_token_s: Seconds = Field(14 * 86400.0, description="life of a refresh token")
    logins_per_minute: Count = Field(10, description="sign-in attempts a minute for one account or address")

    max_chunk_bytes: Count = Field(4_000_000, description="largest chunk in bytes")
    max_chunk_seconds: Seconds = Field(60.0, description="longest chunk in seconds of audio")
    max_session_chunks: Count = Field(20_000, description="most chunks of one session")
    credit: Count = Field(8, description="unacknowledged chunks that one connection may have under way")
    user_chunks_per_minute: Count = Field(6_000, description="chunks a minute for one user, on each node")
    user_bytes_per_minute: Count = Field(1_000_000_000, description="bytes a minute for one user, on each node")
    organisation_bytes_per_minute: Count = Field(
        10_000_000_000, description="bytes a minute for one organisation, on each node"
    )
    user_connections: Count = Field(
        100, description="connections, event streams and audio downloads that one user may have open, on each node"
    )
    organisation_connections: Count = Field(
        5_000,
        description="connections, event streams and audio downloads that one organisation may have open, on each node",
    )
    user_requests_per_minute: Count = Field(
        1_200, description="requests a minute other than chunks for one user, on each node"
    )
    max_pending_bytes: Count = Field(
        64_000_000, description="audio that waits in a node to be committed, then `overloaded`"
    )
    max_queued_events: Count = Field(512, description="messages waiting for one slow viewer before it is dropped")
    database_connections: Count = Field(16, description="Postgres connections of one program")
    database_timeout_s: Seconds = Field(8.0, description="longest wait for one statement of a node")

    hole_wait_s: Seconds = Field(20.0, description="how long a missing chunk is waited for before its hole is passed")
    seal_wait_s: Seconds = Field(45.0, description="how long sealing waits after Stop for chunks that are missing")
    interrupted_after_s: Seconds = Field(120.0, description="silence of a recorder after which it counts as vanished")
    seal_interrupted_after_s: Seconds = Field(
        4 * 3600.0, description="how long an interrupted session may be resumed before it is sealed by itself"
    )

    engine: Literal["auto", "whisper", "pocketsphinx"] = Field("auto", description="recogniser; `auto` takes the best")
    whisper_model: str | None = Field(None, description="folder of a Whisper model, or its name on the hub")
    allow_download: bool = Field(False, description="whether a model named by `whisper_model` may be downloaded")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="where Whisper runs")
    compute_type: str = Field("auto", description="precision of Whisper: auto, int8, float16, ...")
    recognisers: Annotated[int, Field(ge=0)] = Field(
        0, description="recogniser processes of a worker; 0: one for each processor and one for provisional words"
    )
    voice_detector: Literal["silero", "webrtcvad"] = Field("silero", description="what finds speech")
    provisional: bool = Field(True, description="whether words show before their window is closed")
    recognise_timeout_s: Seconds = Field(300.0, description="longest recognition of one window")
    decode_timeout_s: Seconds = Field(20.0, description="longest decoding of one chunk")

    lease_s: Seconds = Field(30.0, description="how long claimed work is left to a worker that shows no heartbeat")
    max_attempts: Count = Field(5, description="attempts before a window is shown as failed")
    retry_base_s: Seconds = Field(2.0, description="first pause between attempts; doubles, with jitter")
    reconcile_every_s: Seconds = Field(3.0, description="how often work is looked for in Postgres, hints or not")

    @field_validator("allowed_origins", "trusted_proxies", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("master_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr) -> SecretStr:
        try:
            raw = base64.b64decode(value.get_secret_value(), validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("is not base64") from None
        if len(raw) != 32:
            raise ValueError(f"holds {len(raw)} bytes instead of 32")
        return value

    @property
    def master_key_bytes(self) -> bytes:
        return base64.b64decode(self.master_key.get_secret_value())

    @property
    def heartbeat_s(self) -> float:
        """How often a lease is renewed: three chances before it runs out."""
        return self.lease_s / 3

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings, or raise :class:`SettingsError` naming all that is wrong at once."""
        given = {key: value for key, value in environ.items() if key.startswith(PREFIX)}
        known = {variable(name): name for name in cls.model_fields}
        unknown = [_unknown(key, list(known)) for key in sorted(given) if key not in known]
        if unknown:
            raise SettingsError("\n".join(unknown))
        try:
            return cls.model_validate({known[key]: value for key, value in given.items()})
        except ValidationError as error:
            raise SettingsError("\n".join(_wrong(item["loc"], item["msg"]) for item in error.errors())) from None


def variable(name: str) -> str:
    """The environment variable of a setting: ``hole_wait_s`` -> ``HEARKEN_HOLE_WAIT_S``."""
    return PREFIX + name.upper()


def _unknown(key: str, known: list[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    return f"{key} is not a setting" + (f"; did you mean {close[0]}?" if close else "; README.md lists them")


def _wrong(location: tuple[int | str, ...], message: str) -> str:
    name = variable(str(location[0])) if location else "the settings"
    return f"{name}: {message[0].lower()}{message[1:]}"
