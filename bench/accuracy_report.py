"""What accuracy was measured: as a table for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench.comparison import Accuracy
from bench.consultation import WordErrors
from bench.machine import Machine
from bench.word_errors import EDGE_S

Figures = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Measured:
    """One recording; ``failed`` counts windows in which the recogniser failed."""

    name: str
    accuracy: Accuracy
    recognisers: frozenset[str]
    failed: int


@dataclass(frozen=True, slots=True)
class Report:
    """``commit`` is None where it is not known; ``settings`` are those that were given."""

    machine: Machine
    commit: str | None
    settings: Mapping[str, str]
    normaliser: str
    measured: tuple[Measured, ...]
    problems: tuple[str, ...]

    @property
    def total(self) -> Accuracy:
        return sum((each.accuracy for each in self.measured), Accuracy())

    @property
    def recognisers(self) -> list[str]:
        """What ran, whatever was asked for."""
        return sorted(frozenset[str]().union(*(each.recognisers for each in self.measured)))

    def to_json(self) -> dict[str, object]:
        return {
            "machine": asdict(self.machine),
            "commit": self.commit,
            "settings": dict(self.settings),
            "recognisers": self.recognisers,
            "normaliser": self.normaliser,
            "edge_s": EDGE_S,
            "recordings": [{"name": each.name, **figures(each.accuracy)} for each in self.measured],
            "all": figures(self.total),
            "problems": list(self.problems),
        }


def figures(accuracy: Accuracy) -> Figures:
    """Numbers and ratios of an accuracy; None where there is nothing to divide by."""
    near, elsewhere = _rate(accuracy.near), _rate(accuracy.elsewhere)
    return {
        "audio_s": accuracy.audio_s,
        "words": accuracy.words.words,
        "errors": accuracy.words.errors,
        "wer": _rate(accuracy.words),
        "cpwer": _rate(accuracy.by_speaker),
        "words_near_edges": accuracy.near.words,
        "errors_near_edges": accuracy.near.errors,
        "near_edges": near,
        "elsewhere": elsewhere,
        "near_by_elsewhere": None if near is None or not elsewhere else near / elsewhere,
        "silent_s": accuracy.silent_s,
        "inserted": accuracy.inserted if accuracy.silent_s else None,
        "inserted_a_minute": _by(60 * accuracy.inserted, accuracy.silent_s),
        "cpu_by_audio": _by(accuracy.cpu_s, accuracy.audio_s),
        "clock_by_audio": _by(accuracy.clock_s, accuracy.audio_s),
    }


COLUMNS = (
    ("audio,\ns", "audio_s", ".0f"),
    ("words", "words", "d"),
    ("WER", "wer", ".3f"),
    ("cpWER", "cpwer", ".3f"),
    ("near\nedges", "near_edges", ".3f"),
    ("else-\nwhere", "elsewhere", ".3f"),
    ("near /\nelse", "near_by_elsewhere", ".2f"),
    ("silent,\ns", "silent_s", ".0f"),
    ("words in\nit / min", "inserted_a_minute", ".1f"),
    ("CPU /\naudio", "cpu_by_audio", ".2f"),
    ("clock /\naudio", "clock_by_audio", ".2f"),
)


def show(console: Console, report: Report) -> None:
    table = Table(title=f"accuracy: {report.machine}", title_justify="left", title_style="bold")
    table.add_column("recording", overflow="fold")
    for heading, _, _ in COLUMNS:
        table.add_column(heading, justify="right")
    for each in report.measured:
        table.add_row(escape(each.name), *_row(each.accuracy))
    table.add_section()
    table.add_row("all", *_row(report.total))
    console.print(table)
    near = report.total.near
    settings = " ".join(f"{name}={value}" for name, value in report.settings.items()) or "none"
    for line in (
        f"recogniser: {', '.join(report.recognisers) or 'none was needed'}; settings given: {settings}",
        f"commit {report.commit or 'unknown'}; text compared after {report.normaliser}",
        f"near edges: within {EDGE_S:g} s of where a window begins or ends, {near.words} words and {near.errors} "
        "errors; few words make the ratio chance",
    ):
        console.print(f"  {line}", style="dim", highlight=False, markup=False)
    for problem in report.problems:
        console.print(f"  {problem}", style="red", highlight=False, markup=False)


def _row(accuracy: Accuracy) -> list[str]:
    values = figures(accuracy)
    return ["" if (value := values[key]) is None else format(value, form) for _, key, form in COLUMNS]


def _rate(counted: WordErrors) -> float | None:
    return _by(counted.errors, counted.words)


def _by(value: float, divisor: float) -> float | None:
    return value / divisor if divisor else None
