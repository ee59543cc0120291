"""``python -m hearken``."""

from __future__ import annotations

import sys

from hearken.cli import main

sys.exit(main())
