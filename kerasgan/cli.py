"""The command line; Keras is imported only by commands that need it."""

import json
import os
import sys
import warnings
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

import kerasgan
from kerasgan import documents, errors, presets

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


class Format(StrEnum):
    grid = "grid"
    files = "files"
    gif = "gif"
    npy = "npy"


SUFFIXES = {Format.grid: ".png", Format.gif: ".gif", Format.npy: ".npy"}


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


@app.command("list")
def list_command():
    """The bundled presets."""
    table = Table(box=None, pad_edge=False)
    for column in ("preset", "GAN", "images", "data", "parameters"):
        table.add_column(column)
    for name in presets.list_presets():
        metadata = documents.read_json(presets.zoo_folder() / name / "metadata.json")
        shape = "x".join(map(str, metadata["image_shape"]))
        source = (metadata["data"] or {}).get("source", "")
        count = f"{sum(metadata['parameters'].values()) / 1e6:.2f} M"
        table.add_row(name, metadata["class"], shape, source, count)
    wide = None if sys.stdout.isatty() else 200  # not to be cut in a pipe
    Console(highlight=False, width=wide).print(table)


@app.command()
def info(preset: Annotated[str, typer.Argument(help="A bundled name or a folder.")]):
    """What a preset is, as JSON: configuration, metadata, recipe, results."""
    folder = presets.find(preset)
    names = ("config", "metadata", "recipe", "results")
    files = {name: folder / f"{name}.json" for name in names}
    found = {n: documents.read_json(p) for n, p in files.items() if p.is_file()}
    print(json.dumps({"folder": str(folder), **found}, indent=2))


@app.command()
def sample(
    preset: Annotated[str, typer.Argument(help="A bundled name or a folder.")],
    n: Annotated[int, typer.Option("-n", min=1, help="How many images.")] = 64,
    out_path: Annotated[
        Path | None,
        typer.Option("--out", help="Where to; a folder for --format files."),
    ] = None,
    format: Annotated[
        Format | None,
        typer.Option(
            help="One picture, one file an image, a film from one seed to the next, "
            "or an array; else by the ending of --out."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same images.")] = 0,
    label: Annotated[
        int | None, typer.Option(min=0, help="Class, of a conditional GAN.")
    ] = None,
    truncation: Annotated[
        float | None, typer.Option(help="Redraw latents outside [-t, t].")
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="At once.")] = 128,
    overwrite: Annotated[bool, typer.Option(help="Replace what is there.")] = False,
):
    """Draws images: a grid, single files, a GIF from one seed to the next, an array."""
    folder = presets.find(preset)
    format = _format(format, out_path)
    if format is Format.gif and truncation is not None:
        raise ValueError("--truncation goes with images, not with --format gif.")
    target = out_path or Path(f"{folder.name}_seed{seed}{SUFFIXES.get(format, '')}")
    _check_target(target, format, overwrite or out_path is None)
    _import_keras()
    gan = presets.from_preset(folder, networks="sampler")
    if format is Format.gif:
        found = gan.interpolate(seed, seed + 1, frames=n, labels=label)
    else:
        found = gan.generate(
            n, labels=label, seed=seed, truncation=truncation, batch_size=batch_size
        )
    _write(found, target, format)
    print(f"{len(found)} images in {target}")


def _format(format: Format | None, out_path: Path | None) -> Format:
    """The format asked for, else that of the file's ending."""
    suffix = out_path.suffix.lower() if out_path else ".png"
    if format is None:
        endings = {suffix: format for format, suffix in SUFFIXES.items()}
        format = endings.get(suffix, Format.files if suffix == "" else None)
    if format is None or (out_path and SUFFIXES.get(format, suffix) != suffix):
        raise ValueError(
            "--out must end in .png for a grid, .gif for a film, .npy for an array; "
            f"--format files takes a folder. Received: {out_path}."
        )
    return format


def _check_target(target: Path, format: Format, overwrite: bool):
    if target.exists() and target.is_dir() != (format is Format.files):
        kind = "a folder" if target.is_dir() else "a file"
        raise FileExistsError(
            f"{target} is {kind}, which --format {format.value} cannot write to. "
            "Choose another --out."
        )
    if target.exists() and not overwrite:
        raise FileExistsError(f"{target} exists. Choose another --out, or --overwrite.")


def _write(found, target: Path, format: Format):
    from kerasgan import files, images

    if format is Format.files:
        target.mkdir(parents=True, exist_ok=True)
        for index, image in enumerate(found):
            (target / f"{index:05d}.png").write_bytes(images.encode_png(image))
    elif format is Format.gif:
        images.save_gif(target, images.enlarge(found))
    elif format is Format.grid:
        images.save_png(target, images.make_picture(found))
    else:
        import numpy as np

        with files.write_atomically(target) as file:
            np.save(file, found)


@app.command()
def train(
    recipe: Annotated[
        str, typer.Argument(help="A preset, a recipe.json, or a GAN such as wgan_gp.")
    ],
    data: Annotated[
        str | None, typer.Option(help="Image folder, .npz file or data set name.")
    ] = None,
    size: Annotated[
        int | None, typer.Option(min=1, help="Resize to this side, in pixels.")
    ] = None,
    crop: Annotated[
        bool, typer.Option(help="Cut to a square instead of distorting.")
    ] = False,
    channels: Annotated[
        int | None, typer.Option(help="1 for grey, 3 for colour.")
    ] = None,
    ground: Annotated[
        str | None, typer.Option(help="Colour behind transparent pixels.")
    ] = None,
    split: Annotated[str | None, typer.Option(help="Split of a data set.")] = None,
    data_dir: Annotated[
        str | None, typer.Option(help="Where TensorFlow data sets lie.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Passes over the data.")
    ] = None,
    batch_size: Annotated[int | None, typer.Option(min=1)] = None,
    seed: Annotated[int | None, typer.Option(min=0)] = None,
    out_path: Annotated[
        Path | None, typer.Option("--out", help="The folder that becomes a preset.")
    ] = None,
    resume: Annotated[
        bool, typer.Option(help="Go on from the last checkpoint in --out.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option(help="Start again although --out exists.")
    ] = False,
    dtype: Annotated[str | None, typer.Option(help="Such as mixed_bfloat16.")] = None,
    skip_unreadable: Annotated[
        bool, typer.Option(help="Skip files that are no readable image.")
    ] = False,
    tensorboard: Annotated[
        bool, typer.Option(help="Write logs to OUT/training/logs.")
    ] = False,
):
    """Trains by a recipe; the folder it fills is a complete preset at the end."""
    _import_keras()
    from kerasgan import recipes, training

    fields = {"source": data, "split": split, "size": size, "channels": channels}
    fields |= {"ground": ground, "crop": crop or None}
    loaded = recipes.load(recipe)
    adapted = recipes.adapt(loaded, data=fields, batch_size=batch_size, seed=seed)
    recipes.check(adapted, recipe)
    target = out_path or Path("runs") / Path(recipe).absolute().stem
    try:
        gan = training.train(
            adapted,
            target,
            resume=resume,
            overwrite=overwrite,
            epochs=epochs,
            data_dir=data_dir,
            skip_unreadable=skip_unreadable,
            tensorboard=tensorboard,
            dtype=dtype,
            verbose=1 if sys.stdout.isatty() else 2,
        )
    except KeyboardInterrupt:
        _fail(
            "interrupted. The same command with --resume (without --overwrite) goes "
            f"on from the last whole epoch in {target}.",
            130,
        )
    print(f"{type(gan).__name__} in {target}; `kerasgan sample {target}` draws.")


@data_app.command("export")
def export(
    name: Annotated[str, typer.Argument(help="Data set, image folder or .npz file.")],
    out_path: Annotated[Path, typer.Option("--out", help="The .npz file to write.")],
    split: Annotated[str, typer.Option(help="Split of a data set.")] = "train",
    size: Annotated[int | None, typer.Option(min=1, help="Resize, in pixels.")] = None,
    crop: Annotated[
        bool, typer.Option(help="Cut to a square instead of distorting.")
    ] = False,
    channels: Annotated[
        int | None, typer.Option(min=1, max=3, help="1 for grey, 3 for colour.")
    ] = None,
    ground: Annotated[
        str, typer.Option(help="Colour behind transparent pixels.")
    ] = "white",
    labels: Annotated[
        bool, typer.Option(help="Sub-folders of an image folder are classes.")
    ] = False,
    data_dir: Annotated[
        str | None, typer.Option(help="Where TensorFlow data sets lie.")
    ] = None,
    skip_unreadable: Annotated[
        bool, typer.Option(help="Skip files that are no readable image.")
    ] = False,
):
    """Writes a data set as one .npz file, for machines without TensorFlow."""
    _import_keras()
    from kerasgan import data

    written = data.export(
        name,
        out_path,
        split=split,
        size=size,
        crop=crop,
        channels=channels,
        ground=ground,
        labels=labels,
        data_dir=data_dir,
        skip_unreadable=skip_unreadable,
    )
    print(f"Wrote {written}")


def _import_keras():
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
        if "--debug" in sys.argv:
            raise
        if hasattr(error, "format_message"):  # typer's own: options, arguments
            _fail(error.format_message(), error.exit_code)
        broken = (errors.PresetIntegrityError, errors.PresetWeightsError)
        misuse = (ValueError, TypeError, FileNotFoundError, FileExistsError)
        wrong = isinstance(error, misuse) and not isinstance(error, broken)
        _fail(str(error) or type(error).__name__, 2 if wrong else 1)


def _fail(message: str, code: int):
    if message:  # none where help was printed
        print("Error:", " ".join(message.split()), file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    run()
