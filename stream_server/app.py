"""The node's composition root: everything is made here, once, and handed to what needs it."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web
from arq.connections import ArqRedis
from redis.exceptions import RedisError

from session_core import hints as hinting
from session_core.accounts import Accounts
from session_core.announcement import Announcements, listen
from session_core.archive.audio_store import AudioStore
from session_core.archive.object_store import ObjectStore
from session_core.background import Background
from session_core.change import Changes
from session_core.chunk import ChunkLimits
from session_core.envelope import Key
from session_core.hints import Hints
from session_core.keyring import Keyring
from session_core.log import Outage, configure
from session_core.media_type import MEDIA_TYPES
from session_core.messages.connection import Hello, Limits
from session_core.names import ADAPTER_CHANNEL, SOCKET_PATH
from session_core.principal import TokenSigner
from session_core.program import run_until_stopped
from session_core.settings import Settings
from session_core.storage.database import Database
from session_core.ticket import TicketSigner
from stream_server.artifacts import Artifacts
from stream_server.commits import Commits
from stream_server.connection import Adapter, SessionServer
from stream_server.connection_limit import ConnectionLimit
from stream_server.corrections import Corrections
from stream_server.edge import harden, translate_errors
from stream_server.exports.export import Exports
from stream_server.feed import Feeds
from stream_server.http.artifact import ArtifactRoutes
from stream_server.http.audio import AudioRoutes
from stream_server.http.description import DescriptionRoutes
from stream_server.http.event_stream import EventStreamRoutes
from stream_server.http.export import ExportRoutes
from stream_server.http.health import HealthRoutes
from stream_server.http.notes import NoteRoutes
from stream_server.http.review import ReviewRoutes
from stream_server.http.route import add_routes
from stream_server.http.search import SearchRoutes
from stream_server.http.session import SessionRoutes
from stream_server.http.sign_in import SignInRoutes
from stream_server.http.vocabulary import VocabularyRoutes
from stream_server.http.voice import VoiceRoutes
from stream_server.http.web_client import add_way_to_description, add_web_client
from stream_server.ingest import Ingest
from stream_server.measure import Measures
from stream_server.namespace import SessionNamespace
from stream_server.note_templates import NoteTemplates
from stream_server.notes import Notes
from stream_server.questions import Questions
from stream_server.quota import ChunkQuota, Rates
from stream_server.request_limit import RequestLimit
from stream_server.search import Search
from stream_server.session_audio import SessionAudio
from stream_server.sessions import Sessions
from stream_server.speakers import Speakers
from stream_server.typed_notes import TypedNotes
from stream_server.vocabulary import Vocabularies
from stream_server.voices import Voices
from stream_server.web_client import load

log = logging.getLogger(__name__)

BUILT_WEB_CLIENT = Path(__file__).resolve().parent.parent / "web_client" / "dist"


@dataclass(frozen=True, slots=True)
class Node:
    """A composed node, ready to be served."""

    settings: Settings
    app: web.Application
    database: Database
    redis: ArqRedis
    adapter: Adapter
    background: Background
    namespace: SessionNamespace
    streams: EventStreamRoutes
    health: HealthRoutes
    hints: Hints
    announcements: Announcements
    feeds: Feeds
    audio: SessionAudio
    questions: Questions


async def compose(settings: Settings) -> Node:
    database = await Database.connect(
        settings.database_url, connections=settings.database_connections, timeout_s=settings.database_timeout_s
    )
    redis = hinting.connect(settings.redis_url)
    master = Key(settings.master_key_bytes)
    signer, keyring = TokenSigner(master, settings.access_token_s), Keyring(database, master)
    background, measures = Background(), Measures()
    hints, announcements = Hints(redis), Announcements(redis)
    changes = Changes(database, keyring, announcements)

    connections = ConnectionLimit(settings.user_connections, settings.organisation_connections)
    requests = RequestLimit(settings.user_requests_per_minute)
    sessions = Sessions(database, keyring, changes, hints)
    ingest = _ingest(settings, database, keyring, hints, measures, background)
    feeds = Feeds(database, keyring, measures, background.spawn)
    audio = SessionAudio(
        database, keyring, AudioStore(await ObjectStore.connect(settings, database)), settings.decode_timeout_s
    )
    questions = Questions(database, keyring)
    notes, artifacts = Notes(database, keyring, changes, hints), Artifacts(database, keyring)

    adapter = Adapter(settings.redis_url, channel=ADAPTER_CHANNEL)
    server = _socket_server(settings, database, adapter)
    most_queued = settings.max_queued_events
    namespace = SessionNamespace(
        server, signer, sessions, ingest, feeds, connections, requests, measures, most_queued, background.spawn
    )
    server.register_namespace(namespace)

    sign_in = _sign_in(settings, database, signer, requests, namespace)
    review = _review(sessions, database, keyring, changes, hints)
    streams = EventStreamRoutes(sessions, feeds, connections, most_queued)
    health = HealthRoutes(database, redis, measures)
    routes = (
        *sign_in.routes(),
        *SessionRoutes(sessions, ingest).routes(),
        *review.routes(),
        *ArtifactRoutes(artifacts).routes(),
        *NoteRoutes(notes, NoteTemplates(database)).routes(),
        *ExportRoutes(Exports(database, keyring)).routes(),
        *VoiceRoutes(Voices(database, keyring, questions)).routes(),
        *VocabularyRoutes(Vocabularies(database, keyring)).routes(),
        *SearchRoutes(Search(database, keyring, questions)).routes(),
        *AudioRoutes(audio, TicketSigner(master, "audio"), connections).routes(),
        *streams.routes(),
        *health.routes(),
    )
    app = _application(settings, server)
    add_routes(app, (*routes, *DescriptionRoutes(routes).routes()), signer, requests)
    _add_web_client(app, settings)
    return Node(
        settings, app, database, redis, adapter, background, namespace, streams, health, hints, announcements, feeds,
        audio, questions,
    )  # fmt: skip


def _ingest(
    settings: Settings, database: Database, keyring: Keyring, hints: Hints, measures: Measures, background: Background
) -> Ingest:
    limits = ChunkLimits(settings.max_chunk_bytes, settings.max_chunk_seconds, settings.max_session_chunks - 1)
    quota = ChunkQuota(
        settings.user_chunks_per_minute, settings.user_bytes_per_minute, settings.organisation_bytes_per_minute
    )
    commits = Commits(database, settings.max_chunk_seconds, settings.database_timeout_s, background.spawn)
    return Ingest(database, commits, keyring, hints, quota, measures, limits, settings.max_pending_bytes)


def _socket_server(settings: Settings, database: Database, adapter: Adapter) -> SessionServer:
    return SessionServer(
        hello=lambda: _hello(settings, database),
        client_manager=adapter,
        # python-socketio cuts a connection without a word at this size: leave room to refuse with one.
        max_http_buffer_size=2 * settings.max_chunk_bytes + 65_536,
        cors_allowed_origins=list(settings.allowed_origins) or None,
        logger=logging.getLogger("socketio"),
        engineio_logger=logging.getLogger("engineio"),
    )


def _hello(settings: Settings, database: Database) -> dict[str, Any]:
    return Hello(
        epoch=database.epoch,
        limits=Limits(
            max_chunk_bytes=settings.max_chunk_bytes,
            max_chunk_seconds=settings.max_chunk_seconds,
            credit=settings.credit,
            media_types=list(MEDIA_TYPES),
        ),
        server_time_ms=int(time.time() * 1000),
    ).model_dump(mode="json")


def _sign_in(
    settings: Settings, database: Database, signer: TokenSigner, requests: RequestLimit, namespace: SessionNamespace
) -> SignInRoutes:
    accounts = Accounts(database, signer, settings.refresh_token_s)
    logins = Rates(settings.logins_per_minute)
    return SignInRoutes(accounts, logins, requests, settings.trusted_proxies, namespace.end_sign_in)


def _review(sessions: Sessions, database: Database, keyring: Keyring, changes: Changes, hints: Hints) -> ReviewRoutes:
    speakers, typed_notes = Speakers(database, keyring, changes), TypedNotes(database, keyring, changes)
    return ReviewRoutes(sessions, Corrections(changes, hints), speakers, typed_notes)


def _application(settings: Settings, server: SessionServer) -> web.Application:
    app = web.Application(middlewares=[translate_errors], client_max_size=settings.max_chunk_bytes)
    app.on_response_prepare.append(harden)
    server.attach(app, SOCKET_PATH.strip("/"))
    return app


def _add_web_client(app: web.Application, settings: Settings) -> None:
    if settings.web_client == "":
        add_way_to_description(app)
        return
    folder = BUILT_WEB_CLIENT if settings.web_client is None else Path(settings.web_client)
    client = load(folder)
    if client is None:
        log.warning("there is no built web client in %s", folder)
    add_web_client(app, client)


async def _listen(node: Node, outage: Outage) -> None:
    try:
        async for announcement in listen(node.redis):
            outage.ended()
            node.feeds.announced(announcement)
    except (RedisError, OSError) as error:
        outage.began(error)


async def serve(settings: Settings, stopping: asyncio.Event) -> None:
    """Serve until ``stopping``, then drain: no new work, ``bye``, sockets closed, nothing acknowledged that
    is not committed."""
    node = await compose(settings)
    node.background.forever("sending hints", node.hints.run)
    node.background.forever("sending announcements", node.announcements.run)
    outage = Outage(log, "no announcements from Redis, viewers catch up by the beacon", "announcements come again")
    node.background.forever("hearing announcements", lambda: _listen(node, outage))
    node.background.forever("the beacon", node.feeds.beacon)
    node.background.forever("hearing answers", node.questions.run)
    runner = web.AppRunner(node.app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port, reuse_address=True)
        await site.start()
        log.info("listening on %s port %s", settings.host, runner.addresses[0][1])
        await stopping.wait()
        log.info("draining")
        node.health.draining = True
        await site.stop()
        node.streams.drain()
        await node.namespace.drain(settings.drain_s)
    finally:
        await node.audio.aclose()
        await runner.cleanup()
        await node.background.close()
        await node.adapter.aclose()
        await node.redis.aclose(close_connection_pool=True)
        await node.database.close()
    log.info("stopped")


def run(settings: Settings) -> None:
    """The whole life of a node process; SIGTERM and SIGINT drain it."""
    configure(settings.log_level)
    run_until_stopped(lambda stopping: serve(settings, stopping))
