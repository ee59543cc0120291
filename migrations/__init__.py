"""Plain SQL, forward only, applied in the order of their names by ``hearken migrate``."""
