"""Voice detectors: adapters of chunk_workers.voice.VoiceDetector."""
