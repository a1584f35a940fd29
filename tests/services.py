"""Placeholder: loaded before pytest-django reads the settings."""
