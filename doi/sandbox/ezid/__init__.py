"""EZID's API, version 2 (EZID 018515e8)."""
