"""`hearken models list|pull|verify`: the Whisper models of this machine, before a worker needs one."""

from __future__ import annotations

import argparse
import base64
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from session_core.errors import EngineUnavailable, HearkenError
from session_core.settings import Settings, variable


class BadModel(HearkenError):
    """A model is not as it should be; the message says what is wrong with it."""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    models = subparsers.add_parser("models", help="see, fetch and check Whisper models")
    actions = models.add_subparsers(title="commands", metavar="COMMAND", required=True)
    actions.add_parser(
        "list",
        help="tell which there are and which a worker would run",
        description="Tell which Whisper models have a name, which are on this machine, and which one a worker with "
        "these settings would run. Asks nobody: sizes of what is not here are approximate.",
    ).set_defaults(run=show)
    fetching = actions.add_parser(
        "pull",
        help="download one, or what is missing of it",
        description="Download a Whisper model into the hub's cache (HF_HOME), or what is missing or damaged of it, and "
        "compare every file with the checksum that the hub gives. Interrupted, it goes on when run again.",
        epilog="Exit codes: 0 the model is here and right; 1 it is not, and why; 130 interrupted.",
    )
    fetching.add_argument("name", metavar="NAME", help="a name that `models list` shows, or owner/name on the hub")
    fetching.set_defaults(run=fetch)
    verifying = actions.add_parser(
        "verify",
        help="check the files of one, or of all that are here",
        description="Check a Whisper model on this machine: every file is there, undamaged, of one model. Asks nobody.",
        epilog="Exit codes: 0 all is right; 1 something is not, or there is nothing to check.",
    )
    verifying.add_argument("model", metavar="NAME|FOLDER", nargs="?", help="default: all models in the hub's cache")
    verifying.set_defaults(run=verify)


def show(args: argparse.Namespace) -> int:
    from chunk_workers.engines.catalogue import SETTING, repositories, repository_of
    from chunk_workers.engines.choice import foretell
    from chunk_workers.hub import given_folder
    from chunk_workers.models import engine_settings

    engine = engine_settings(_settings())
    names = repositories()
    named = engine.whisper_model
    with suppress(EngineUnavailable):  # what is wrong with it stands in the last line
        if named is not None and "/" in named and given_folder(named, SETTING) is None:
            names[named] = repository_of(named)
    width = max(map(len, names))
    for name, repository in names.items():
        print(f"{name:{width}}  {_size(name, repository):>14}  {_state(repository):10}  {repository}")
    print(f"\nWith these settings {foretell(engine)}")
    return 0


def fetch(args: argparse.Namespace) -> int:
    from chunk_workers.download import pull
    from chunk_workers.engines.catalogue import repositories, repository_of
    from chunk_workers.engines.whisper_folder import check_folder
    from hearken.download_bar import open_bar

    if args.name not in repositories() and Path(args.name).expanduser().is_dir():
        raise BadModel(f"{args.name} is a folder on this machine: `hearken models verify {args.name}` checks it")
    bar = open_bar(sys.stdout)
    try:
        folder = pull(repository_of(args.name), bar)
    except KeyboardInterrupt:
        bar.close()
        print("hearken: interrupted; run it again, and it goes on from there", file=sys.stderr)
        return 130
    finally:
        bar.close()
    check_folder(folder)
    print(f"{args.name} is here, and every file is as the hub says: {folder}")
    print(
        f"A worker that starts with {variable('whisper_model')}={args.name} runs it; one that runs is to be restarted"
    )
    return 0


def verify(args: argparse.Namespace) -> int:
    chosen = list(_chosen(args.model))
    if not chosen:
        raise BadModel("no Whisper model is on this machine: `hearken models pull small` fetches one")
    wrong = [why for name, folder in chosen if (why := _verified(name, folder))]
    if wrong:
        raise BadModel("\n".join(wrong))
    return 0


def _chosen(model: str | None) -> Iterator[tuple[str, Path]]:
    """What is to be verified: name and folder. Raises ``EngineUnavailable`` where it is not here."""
    from chunk_workers.download import cached
    from chunk_workers.engines.catalogue import repositories, repository_of

    if model is None:
        for repository in dict.fromkeys(repositories().values()):
            folder = cached(repository).folder
            if folder is not None:
                yield repository, folder
        return
    path = Path(model).expanduser()
    if path.is_dir():
        yield model, path
        return
    if path.exists():
        raise BadModel(f"{model} is a file: name the folder of a model")
    if path.is_absolute() or model.startswith((".", "~")):
        raise BadModel(f"there is no folder {model}")
    folder = cached(repository_of(model)).folder
    if folder is None:
        raise EngineUnavailable(f"{model} is not on this machine: `hearken models pull {model}` fetches it")
    yield model, folder


def _verified(name: str, folder: Path) -> str | None:
    """What is wrong with a model, None where all is right; tells of each file."""
    from chunk_workers.download import is_right, known_digest, told_size
    from chunk_workers.engines.whisper_folder import PATTERNS, check_folder

    print(name if Path(name).expanduser() == folder else f"{name}: {folder}")
    damaged, compared = [], True
    for path in sorted({path for pattern in PATTERNS for path in folder.glob(pattern) if path.is_file()}):
        digest = known_digest(path)
        compared = compared and digest is not None
        right = digest is None or is_right(path, digest)
        verdict = "as published" if digest and right else "damaged" if digest else "no checksum is known here"
        print(f"  {path.name:24} {told_size(path.stat().st_size):>14}  {verdict}")
        if not right:
            damaged.append(path.name)
    if damaged:
        return f"{name}: {', '.join(damaged)} is damaged: `hearken models pull {name}` fetches it anew"
    try:
        check_folder(folder)
    except EngineUnavailable as error:
        return f"{name}: {error.message}"
    unknown = "; its files' contents could not be compared, for no checksums are known here"
    print(f"  a complete Whisper model{'' if compared else unknown}")
    return None


def _size(name: str, repository: str) -> str:
    from chunk_workers.download import cached
    from chunk_workers.engines.catalogue import about_bytes

    folder = cached(repository).folder
    if folder is not None and (folder / "model.bin").is_file():
        return f"{(folder / 'model.bin').stat().st_size / 1e6:,.0f} MB"
    about = about_bytes(name)
    return "" if about is None else f"about {about / 1e6:,.0f} MB"


def _state(repository: str) -> str:
    from chunk_workers.download import cached
    from chunk_workers.engines.whisper_folder import check_folder, missing_files

    here = cached(repository)
    if here.folder is None or missing_files(here.folder):
        return "broken off" if here.begun else ""
    try:
        check_folder(here.folder)
    except EngineUnavailable:
        return "damaged"
    return "here"


def _settings() -> Settings:
    """Those of a worker that would be started now. Models are no secret: the key may be missing."""
    no_key = base64.b64encode(bytes(32)).decode()
    return Settings.from_environ({variable("master_key"): no_key, **os.environ})
