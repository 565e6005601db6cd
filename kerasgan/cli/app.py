"""The application, its options, and how it ends."""

import os
import sys
import warnings
from enum import StrEnum
from typing import Annotated

import typer

import kerasgan
from kerasgan import errors

app = typer.Typer(
    help="Generative adversarial networks for Keras 3, with pretrained weights.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
data_app = typer.Typer(help="Data sets.", no_args_is_help=True)
app.add_typer(data_app, name="data")


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
        typer.Option(help="Keras backend; else KERAS_BACKEND or Keras's own setting."),
    ] = None,
    debug: Annotated[bool, typer.Option(help="Show tracebacks.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True)
    ] = False,
):
    """Sets the backend before anything imports Keras."""
    if backend is not None:
        os.environ["KERAS_BACKEND"] = backend.value
    if not debug:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        warnings.formatwarning = lambda message, *_: f"Warning: {message}\n"


def import_keras():
    """Imports Keras, without what TensorFlow prints before it can be told not to."""
    if "--debug" in sys.argv:
        return
    sys.stderr.flush()
    stderr, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
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
        os.close(nowhere)


def run():
    """Entry point: one line on stderr for an error, 2 for wrong use, 1 for failure."""
    try:
        sys.exit(app(standalone_mode=False))
    except Exception as error:
        if hasattr(error, "format_message"):  # typer's own: options, arguments
            fail(error.format_message(), error.exit_code)
        if "--debug" in sys.argv:
            raise
        broken = (
            errors.DataUnavailableError,
            errors.PresetIntegrityError,
            errors.PresetWeightsError,
        )
        misuse = (ValueError, TypeError, FileNotFoundError, FileExistsError)
        wrong = isinstance(error, misuse) and not isinstance(error, broken)
        fail(str(error) or type(error).__name__, 2 if wrong else 1)


def fail(message: str, code: int):
    """Ends with a line on stderr."""
    if message:  # none where help was printed
        print("Error:", " ".join(message.split()), file=sys.stderr)
    sys.exit(code)
