"""Adapters of recognisers to the port in ``chunk_workers.recognition``. They run in the recogniser's process."""
