"""Postgres: SQL in one module for each table, and in one for the claims of windows.

A transaction always belongs to one organisation.
"""
