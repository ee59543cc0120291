"""Measurements of the running system. ``python -m bench`` or ``make bench``; nothing here is a test."""
