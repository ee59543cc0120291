"""The nodes: they take chunks, keep them, and show what the workers make of them. No models here."""
