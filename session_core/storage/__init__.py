"""Postgres: SQL in one module for each table; a transaction always belongs to one organisation."""
