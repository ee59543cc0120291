"""Measure the running system: ``python -m bench [PART ...]``, or ``make bench ARGS="PART ..."``.

Prints one table for each part, with what was met and what was missed, and ends with code 0 unless something
broke. Ratios come from one run each. A busy machine shows: the load is printed beside the numbers.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.after_stop import measure_after_stop
from bench.batching import measure_batching
from bench.consultation import NoAudio
from bench.fairness import measure_fairness
from bench.ingest import measure_rate, measure_recorders
from bench.live import measure_live
from bench.memory import measure_idle_recorders, measure_worker_memory
from bench.notes import measure_notes
from bench.outcome import Outcome, show
from bench.overhead import measure_overhead
from bench.pages import measure_page_load, measure_page_memory
from bench.recogniser_memory import measure_recogniser_memory
from bench.search import measure_search
from bench.stitching import measure_stitching
from bench.unspoken import measure_unspoken

Part = Callable[[], Coroutine[Any, Any, Outcome]]
AUDIO = Path(__file__).resolve().parent.parent.parent / "shared" / "audio"


def main() -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that whatever was started is stopped
    args = _arguments()
    parts = _parts(args.audio)
    console = Console(stderr=args.json)
    outcomes: list[Outcome] = []
    unmeasured = False
    for name in args.parts or parts:
        try:
            outcomes.append(asyncio.run(parts[name]()))
        except NoAudio as error:
            print(f"bench: {name} was not measured: {error}", file=sys.stderr)
            unmeasured = True
        else:
            show(console, outcomes[-1])
    if args.json:
        print(json.dumps([outcome.to_json() for outcome in outcomes], indent=2))
    return 1 if unmeasured else 0


def _parts(audio: Path) -> dict[str, Part]:
    """By name, in the order in which they run."""
    return {
        "live": lambda: measure_live(audio),
        "overhead": lambda: measure_overhead(audio),
        "ingest-rate": measure_rate,
        "ingest-recorders": measure_recorders,
        "memory-recorders": measure_idle_recorders,
        "memory-worker": measure_worker_memory,
        "memory-recogniser": measure_recogniser_memory,
        "batching": measure_batching,
        "fairness": measure_fairness,
        "pages-load": measure_page_load,
        "pages-memory": measure_page_memory,
        "search": measure_search,
        "stitching": lambda: measure_stitching(audio),
        "non-speech": lambda: measure_unspoken(audio),
        "after-stop": lambda: measure_after_stop(audio),
        "notes": lambda: measure_notes(audio),
        "diarization": lambda: _diarization(audio),
    }


async def _diarization(audio: Path) -> Outcome:
    # The scorer brings hundreds of megabytes that nothing else needs.
    if find_spec("pyannote") is None:
        raise NoAudio("its scorer is not installed: pip install --group bench")
    from bench.diarization import measure_diarization

    return await measure_diarization(audio)


def _arguments() -> argparse.Namespace:
    names = tuple(_parts(AUDIO))
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the running system.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(names)}; default: all, in this order")
    parser.add_argument("--json", action="store_true", help="print JSON on stdout and the tables on stderr")
    folder = Path(os.environ.get("BENCH_AUDIO", AUDIO))
    parser.add_argument("--audio", type=Path, default=folder, metavar="DIR", help="consultations; default: %(default)s")
    args = parser.parse_args()
    if unknown := set(args.parts) - set(names):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    return args


if __name__ == "__main__":
    sys.exit(main())
