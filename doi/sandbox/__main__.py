"""Run the sandbox without Django."""

from doi.sandbox.cli import main

main()
