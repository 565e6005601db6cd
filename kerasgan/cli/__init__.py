"""The command line. Only commands that need Keras import it."""

from kerasgan.cli import (  # noqa: F401
    data,
    evaluate,
    generate,
    hub,
    presets,
    train,
    translate,
)
from kerasgan.cli.app import app, run

__all__ = ["app", "run"]
