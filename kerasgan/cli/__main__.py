"""`python -m kerasgan.cli`."""

from kerasgan.cli import run

run()
