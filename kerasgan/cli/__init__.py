"""The command line. Only commands that need Keras import it."""

from kerasgan.cli import (  # noqa: F401
    choose,
    data,
    evaluate,
    explore,
    generate,
    hub,
    presets,
    score,
    train,
    translate,
)
from kerasgan.cli.app import app, run

__all__ = ["app", "run"]
