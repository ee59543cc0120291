"""`hearken stream`: a recorder on the command line that plays a file as a live session."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path

import aiohttp
from pydantic import TypeAdapter, ValidationError

from hearken.chunk_file import MEDIA_TYPES, SAMPLE_RATE
from hearken.outbox import Manifest, Outbox, open_outbox
from hearken.reconnection import connect_as
from hearken.recorder import FINAL_STATES, Outcome, Recorder
from hearken.recording import UnreadableRecording, cut, fingerprint, read_blocks
from hearken.screen import Screen, clock, open_screen
from hearken.sign_in import Account, NoAccount, read_account
from session_core.errors import Invalid
from session_core.messages.session import Language

MOST_CHUNK_SECONDS = 60.0
MOST_OF_REFERENCE = 300


class NoPatient(Invalid):
    """The file that should name the patient does not."""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "stream",
        help="play an audio file as a live session",
        description="Play an audio file as a live session and print its transcript. The recording is kept in an "
        "outbox until the server has sealed it: after a crash, run the same command again.",
        epilog="Exit codes: 0 ready; 1 failed, or parts were refused; 2 wrong arguments; 130 interrupted.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="any audio file")
    parser.add_argument("--speed", type=speed_argument, default=1.0, metavar="N", help="times real time; 0: unpaced")
    parser.add_argument("--chunk-seconds", type=_chunk_seconds, default=15.0, metavar="N", help="length of a chunk")
    parser.add_argument("--codec", choices=sorted(MEDIA_TYPES), default="flac", help="flac and wav lose nothing")
    parser.add_argument("--language", type=_language, metavar="L", help="language of the session, such as en")
    parser.add_argument("--title", metavar="T", help="title of the session")
    parser.add_argument(
        "--patient",
        type=Path,
        metavar="FILE",
        help="file with the patient's reference: everybody on this machine may read a command line",
    )
    add_account_arguments(parser)
    parser.add_argument("--outbox", type=Path, metavar="DIR", help="default: outbox in the data folder")
    parser.add_argument("--json", action="store_true", help="print a summary for programs at the end, and only that")
    parser.set_defaults(run=run)


def add_account_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that say who signs in where."""
    parser.add_argument(
        "--data-dir", type=Path, default=Path("hearken-data"), metavar="DIR", help="default: %(default)s"
    )
    parser.add_argument("--account", type=Path, metavar="FILE", help="default: first-account.json in the data folder")
    parser.add_argument("--server", metavar="URL", help="default: the url in the account file")


def chosen_account(args: argparse.Namespace) -> Account:
    """Raises :class:`NoAccount`."""
    account = read_account(args.account or args.data_dir / "first-account.json")
    return account.model_copy(update={"url": args.server}) if args.server else account


def run(args: argparse.Namespace) -> int:
    try:
        account = chosen_account(args)
        next(read_blocks(args.file), None)  # says at once that a file is no audio
        fresh = Manifest(
            source=fingerprint(args.file),
            codec=args.codec,
            chunk_samples=round(args.chunk_seconds * SAMPLE_RATE),
            title=args.title,
            patient_id=read_patient(args.patient) if args.patient else None,
            language=args.language,
        )
    except (NoAccount, NoPatient, UnreadableRecording) as error:
        return _refuse(error.message)
    outbox = open_outbox(args.outbox or args.data_dir / "outbox", fresh)
    if args.patient and outbox.manifest.patient_id != fresh.patient_id:
        outbox.close()
        return _refuse(
            "this recording was begun for another patient or for none: go on without --patient, and put the session "
            "right on its page"
        )
    screen = open_screen(sys.stderr if args.json else sys.stdout)
    try:
        outcome = asyncio.run(_stream(args.file, outbox, account, screen, args.speed))
    except KeyboardInterrupt:
        screen.close()
        print("hearken: interrupted; run the same command again to go on", file=sys.stderr)
        return 130
    finally:
        screen.close()
        outbox.close()
    _report(outcome, outbox, as_json=args.json)
    return 0 if outcome.good else 1


def read_patient(path: Path) -> str:
    """The reference in a file. Raises :class:`NoPatient`, without a word of what it holds."""
    try:
        reference = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NoPatient(f"the file of --patient cannot be read ({type(error).__name__})") from None
    if not reference or len(reference) > MOST_OF_REFERENCE or not reference.isprintable():
        raise NoPatient(f"the file of --patient must hold one line of 1 to {MOST_OF_REFERENCE} characters")
    return reference


def _refuse(message: str) -> int:
    print(f"hearken: {message}", file=sys.stderr)
    return 2


async def _stream(file: Path, outbox: Outbox, account: Account, screen: Screen, speed: float) -> Outcome:
    if outbox.next_seq():
        screen.notice(f"going on with an unfinished recording, from chunk {outbox.next_seq()}")
    cuts = cut(read_blocks(file), outbox.manifest.chunk_samples, skip_chunks=outbox.next_seq())
    async with aiohttp.ClientSession() as http:
        outcome = await Recorder(outbox, screen).run(connect_as(account, http), cuts, speed)
    tidy(outbox, outcome)
    return outcome


def tidy(outbox: Outbox, outcome: Outcome) -> None:
    """Remove the outbox of a session that is done; keep what was refused, and everything of one that is not.

    One that asks for a session as there is none, in a language that nobody knows, would be refused for ever, whatever
    the next call says: it goes, and the file is its copy.
    """
    if outcome.failure is not None and outcome.failure.code == "invalid" and outbox.manifest.session_id is None:
        outbox.remove()
        return
    if outcome.state not in FINAL_STATES or any(outbox.chunks()):
        return
    if outcome.refused:
        outbox.remember(finished=True)
    else:
        outbox.remove()


def summary(outcome: Outcome) -> dict[str, object]:
    """What ``--json`` prints."""
    return {key: value for key, value in asdict(outcome).items() if key not in ("failure", "damaged")} | {
        "error": outcome.failure.code if outcome.failure else "bad_media" if outcome.damaged else None
    }


def _report(outcome: Outcome, outbox: Outbox, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(summary(outcome)))
    elif outcome.session_id is not None:
        print(f"\n{outcome.transcript}\n" if outcome.transcript else "\n(no words)\n")
        print(
            f"session {outcome.session_id}: {outcome.state}, {clock(outcome.recorded_ms)} recorded, "
            f"{len(outcome.holes)} holes, {outcome.failed_windows} failed windows"
        )
    if outcome.failure:
        print(f"hearken: the server refused the session: {outcome.failure.message}", file=sys.stderr)
    if outcome.refused:
        chunks = ", ".join(f"{seq} ({code})" for seq, code in sorted(outcome.refused.items()))
        print(f"hearken: refused chunks, kept in {outbox.folder / 'refused'}: {chunks}", file=sys.stderr)


def speed_argument(text: str) -> float:
    """How many times faster than life; 0 for as fast as can be."""
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError("must be 0 or more")
    return value


def _language(text: str) -> str:
    try:
        return TypeAdapter[str](Language).validate_python(text)
    except ValidationError:
        raise argparse.ArgumentTypeError("must be a language tag, such as en or pt-BR") from None


def _chunk_seconds(text: str) -> float:
    value = float(text)
    if not 0.1 <= value <= MOST_CHUNK_SECONDS:
        raise argparse.ArgumentTypeError(f"must be from 0.1 to {MOST_CHUNK_SECONDS:.0f}")
    return value
