#!/bin/sh
# Take the README's picture of `make demo` anew: run it in a real terminal and keep what the screen shows.
set -eu

cd "$(dirname "$0")/.."
command -v tmux >/dev/null 2>&1 || { echo "demo-picture: this needs tmux: apt-get install tmux" >&2; exit 1; }
screen=hearken-demo-$$
tmux new-session -d -s "$screen" -x 104 -y 60 'make demo; tmux wait-for -S '"$screen"'; sleep 60'
tmux wait-for "$screen"
tmux capture-pane -e -p -t "$screen" >"${TMPDIR:-/tmp}/$screen"
tmux kill-session -t "$screen"
.venv/bin/python - "${TMPDIR:-/tmp}/$screen" docs/demo.svg <<'END'
import io
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

lines = Path(sys.argv[1]).read_text().rstrip().splitlines()
console = Console(record=True, width=104, file=io.StringIO())
for line in lines:
    console.print(Text.from_ansi(line), soft_wrap=True)
# The picture stands by itself: no font is fetched from elsewhere.
drawn = re.sub(r"\s*@font-face \{.*?\}\n", "\n", console.export_svg(title="make demo"), flags=re.S)
Path(sys.argv[2]).write_text(drawn)
END
rm "${TMPDIR:-/tmp}/$screen"
