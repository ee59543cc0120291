"""Writers of notes; each is an adapter of ``chunk_workers.noting.NoteWriter``."""
