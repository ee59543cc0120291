"""Voices: which stretches of a window hold speech, and what each of them sounds like."""
