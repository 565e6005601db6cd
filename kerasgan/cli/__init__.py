"""The command line; Keras is imported only by commands that need it."""

from kerasgan.cli import evaluate, hub, presets, sample, train  # noqa: F401
from kerasgan.cli.app import app, run

__all__ = ["app", "run"]
