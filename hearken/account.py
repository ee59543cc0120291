"""`hearken account add`: one more person who may sign in."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import secrets
import sys

from session_core.accounts import add_account
from session_core.settings import Settings


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    account = subparsers.add_parser("account", help="add people who may sign in")
    actions = account.add_subparsers(title="commands", metavar="COMMAND", required=True)
    parser = actions.add_parser(
        "add", help="add one person", description="Add an organisation and one person who may sign in for it."
    )
    parser.add_argument("--email", required=True)
    parser.add_argument("--organisation", required=True, metavar="NAME", help="name of the new organisation")
    parser.set_defaults(run=add)


def add(args: argparse.Namespace) -> int:
    """Make the account. The password is asked for on a terminal, otherwise made and printed once."""
    settings = Settings.from_environ(os.environ)
    password = _asked() if sys.stdin.isatty() else secrets.token_urlsafe(12)
    asyncio.run(add_account(settings, args.organisation, args.email, password))
    print(f"added {args.email} to {args.organisation}")
    if not sys.stdin.isatty():
        print(f"password: {password}")
    return 0


def _asked() -> str:
    while True:
        password = getpass.getpass("Password: ")
        if password == getpass.getpass("Again: "):
            return password
        print("these two differ", file=sys.stderr)
