"""What a person sees of a download."""

from __future__ import annotations

import io

from rich.console import Console

from hearken.download_bar import PlainBar, TerminalBar

MEGABYTE = 1_000_000


def test_lines_tell_bytes_rate_and_time_left_every_few_seconds_and_at_the_end() -> None:
    out, clock = io.StringIO(), [100.0]
    bar = PlainBar(out, now=lambda: clock[0])
    bar.begin(484 * MEGABYTE, 84 * MEGABYTE)
    for clock[0] in (101.0, 104.0, 105.0, 109.0, 120.0):
        bar.came(80 * MEGABYTE)
    bar.close()
    assert out.getvalue().splitlines() == [
        "84.0 MB of 484.0 MB are here from an earlier try",
        "324.0 MB of 484.0 MB · 48.0 MB/s · 00:03 left",
        "484.0 MB of 484.0 MB · 20.0 MB/s · 00:00 left",
    ]


def test_a_terminal_shows_a_bar_with_bytes_and_notices_above_it() -> None:
    out = io.StringIO()
    bar = TerminalBar(Console(file=out, force_terminal=True, width=100))
    bar.begin(484 * MEGABYTE, 84 * MEGABYTE)
    bar.came(158 * MEGABYTE)
    bar.notice("something to know")
    bar.close()
    seen = out.getvalue()
    assert seen.index("something to know") < seen.rindex("242.0/484.0 MB")
