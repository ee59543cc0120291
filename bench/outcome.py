"""What a part of the bench reports: numbers, some of them with a target."""

from __future__ import annotations

from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from bench.machine import Machine


@dataclass(frozen=True, slots=True)
class Measure:
    """One number. ``most`` and ``least`` are targets, either may be absent."""

    name: str
    value: float
    unit: str = ""
    most: float | None = None
    least: float | None = None

    @property
    def met(self) -> bool | None:
        """None where nothing is asked of this number. A number that is not one meets nothing."""
        if self.most is None and self.least is None:
            return None
        return (self.most is None or self.value <= self.most) and (self.least is None or self.value >= self.least)

    @property
    def target(self) -> str:
        bounds = (("at most", self.most), ("at least", self.least))
        return ", ".join(f"{word} {bound:g}" for word, bound in bounds if bound is not None)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A part's numbers and what a reader must know to judge them. ``machine`` is as it was when the part began."""

    part: str
    machine: Machine
    measures: tuple[Measure, ...]
    notes: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, object]:
        return {
            "part": self.part,
            "machine": {
                name: getattr(self.machine, name) for name in ("cores", "model", "memory_gb", "python", "load")
            },
            "measures": [
                {
                    "name": each.name,
                    "value": each.value,
                    "unit": each.unit,
                    "most": each.most,
                    "least": each.least,
                    "met": each.met,
                }
                for each in self.measures
            ],
            "notes": list(self.notes),
        }


def show(console: Console, outcome: Outcome) -> None:
    table = Table(title=f"{outcome.part}: {outcome.machine}", title_justify="left", title_style="bold")
    for name, justify in (("measure", "left"), ("value", "right"), ("target", "left"), ("", "left")):
        table.add_column(name, justify="right" if justify == "right" else "left")
    for each in outcome.measures:
        verdict = {None: "", True: "[green]met[/]", False: "[red]missed[/]"}[each.met]
        table.add_row(each.name, f"{_short(each.value)} {each.unit}".strip(), each.target, verdict)
    console.print(table)
    for note in outcome.notes:
        console.print(f"  {note}", style="dim", highlight=False)
    console.print()


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.3g}"


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least ``share`` (0 to 1) of all values do not exceed; NaN of none."""
    if not values:
        return float("nan")
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * round(share * 1000) // 1000) - 1)]
