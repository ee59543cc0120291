"""`hearken serve`, `hearken work`, `hearken migrate`: the parts of an installation, one by one."""

from __future__ import annotations

import argparse
import os

from session_core.settings import Settings, SettingsError


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    for name, summary, run in (
        ("serve", "run one node, which takes chunks and shows transcripts", serve),
        ("work", "run one worker, which decodes, plans and recognises", work),
        ("migrate", "bring the database to this version", migrate),
    ):
        subparsers.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.").set_defaults(
            run=run
        )


def serve(args: argparse.Namespace) -> int:
    from stream_server.app import run

    run(Settings.from_environ(os.environ))
    return 0


def work(args: argparse.Namespace) -> int:
    from chunk_workers.app import run

    run(Settings.from_environ(os.environ))
    return 0


def migrate(args: argparse.Namespace) -> int:
    from hearken.migration import migrate as apply_missing

    settings = Settings.from_environ(os.environ)
    if settings.owner_database_url is None:
        raise SettingsError("HEARKEN_OWNER_DATABASE_URL: is needed here; it signs in as the role that owns the tables")
    applied = apply_missing(settings.owner_database_url, settings.database_url)
    print("applied 1 migration" if applied == 1 else f"applied {applied} migrations")
    return 0
