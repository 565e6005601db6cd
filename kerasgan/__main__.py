"""`python -m kerasgan`."""

from kerasgan.cli import run

run()
