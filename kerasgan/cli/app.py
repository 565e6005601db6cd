"""The application: its global options, its exit codes, and its error messages."""

import importlib
import os
import sys
import warnings
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, NoReturn

import typer
from typer.core import TyperGroup

import kerasgan
from kerasgan import errors

COMMANDS = "list info choose generate explore translate upscale inpaint score".split()
COMMANDS += "train evaluate data push pull publish login".split()
RENAMED = {"sample": "generate"}  # names of earlier versions, for the message


class _Commands(TyperGroup):
    """Lists the commands in the order of `COMMANDS`; knows their earlier names."""

    def list_commands(self, ctx) -> list[str]:
        """The names of the commands."""
        return sorted(super().list_commands(ctx), key=COMMANDS.index)

    def get_command(self, ctx, cmd_name):
        """The command of a name, or None."""
        if cmd_name in RENAMED:
            ctx.fail(f"No such command {cmd_name!r}. Use {RENAMED[cmd_name]!r}.")
        return super().get_command(ctx, cmd_name)


app = typer.Typer(
    cls=_Commands,
    help="Generative adversarial networks for Keras 3, with pretrained weights.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Backend(StrEnum):
    tensorflow = "tensorflow"
    jax = "jax"
    torch = "torch"


def _version(show: bool):
    if show:
        print(kerasgan.__version__)
        raise typer.Exit


@app.callback()
def main(
    backend: Annotated[
        Backend | None,
        typer.Option(
            help="Keras backend. Default: KERAS_BACKEND or Keras's own setting."
        ),
    ] = None,
    modules: Annotated[
        list[str] | None,
        typer.Option(
            "--import",
            metavar="MODULE",
            help="Import this module first, which registers a family of your own.",
        ),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Sets the backend before anything imports Keras."""
    if backend is not None:
        os.environ["KERAS_BACKEND"] = backend.value
    if not debug:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        warnings.formatwarning = lambda message, *_: f"Warning: {message}\n"
    if modules:
        import_keras()
        import_modules(modules)


def import_keras() -> None:
    """Imports Keras without the messages that TensorFlow prints on import."""
    if "--debug" in sys.argv:
        return
    sys.stderr.flush()
    stderr, devnull = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 2)
    try:
        import keras  # noqa: F401
    except ValueError as error:  # an unknown KERAS_BACKEND
        raise ValueError(
            f"KERAS_BACKEND must be one of {', '.join(Backend)}. Received: "
            f"{os.environ.get('KERAS_BACKEND')!r}."
        ) from error
    except ModuleNotFoundError as error:
        raise ImportError(
            f"The Keras backend needs {error.name!r}, which is not installed. Install "
            f"it: pip install {error.name}. Or choose another backend: --backend "
            f"{', '.join(Backend)}."
        ) from error
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(devnull)


def import_modules(names: Sequence[str]) -> None:
    """Imports modules of the user, which register families, from the current folder.

    Raises:
        ImportError: If there is no such module, or its import fails.
    """
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    for name in names:
        try:
            importlib.import_module(name)
        except Exception as error:
            raise ImportError(
                f"--import must name a Python module, such as my_module for the file "
                f"my_module.py in the current folder. Received: {name!r}, whose import "
                f"failed: {type(error).__name__}: {error}."
            ) from error


def run() -> NoReturn:
    """Runs a command. Exit codes: 2 for wrong use, 1 for a failure.

    An error is one line on stderr.
    """
    try:
        sys.exit(app(standalone_mode=False))
    except Exception as error:
        if hasattr(error, "format_message"):  # typer's own, about options
            fail(error.format_message(), error.exit_code)
        if "--debug" in sys.argv:
            raise
        failures = (
            errors.DataUnavailableError,
            errors.PresetIntegrityError,
            errors.PresetWeightsError,
        )
        misuse = (ValueError, TypeError, FileNotFoundError, FileExistsError)
        wrong_use = isinstance(error, misuse) and not isinstance(error, failures)
        fail(str(error) or type(error).__name__, 2 if wrong_use else 1)


def fail(message: str, code: int) -> NoReturn:
    """Exits with a line on stderr."""
    if message:  # it is empty after a help text
        print("Error:", " ".join(message.split()), file=sys.stderr)
    sys.exit(code)
