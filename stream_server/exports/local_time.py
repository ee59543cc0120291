"""Moments as people read them: by the clocks of a place that is named with each."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

UNIVERSAL: Final[tzinfo] = UTC


def zone_named(name: str) -> tzinfo:
    """By its name in the IANA database. Universal time where this node knows none of that name: a browser may be newer
    than the node, and the file says by which clocks its times are."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not there; no name of a zone; the name of a folder of them
        return UNIVERSAL


def day(at: str, zone: tzinfo) -> str:
    """``2 March 2026`` of an ISO 8601 moment."""
    moment = datetime.fromisoformat(at).astimezone(zone)
    return f"{moment.day} {moment:%B %Y}"


def day_and_time(at: str, zone: tzinfo) -> str:
    """``2 March 2026, 10:00 (Berlin time)`` of an ISO 8601 moment."""
    moment = datetime.fromisoformat(at).astimezone(zone)
    return f"{day(at, zone)}, {moment:%H:%M} ({_clocks(moment)})"


def _clocks(moment: datetime) -> str:
    zone = moment.tzinfo
    area, _, place = zone.key.partition("/") if isinstance(zone, ZoneInfo) else ("", "", "")
    if place and area != "Etc":
        return f"{place.rpartition('/')[2].replace('_', ' ')} time"
    offset = f"{moment:%z}"
    return f"universal time {offset[:3]}:{offset[3:5]}" if offset.strip("+-0") else "universal time"
