"""The command line. Only commands that need Keras import it."""

from kerasgan.cli import data, evaluate, generate, hub, presets, train  # noqa: F401
from kerasgan.cli.app import app, run

__all__ = ["app", "run"]
