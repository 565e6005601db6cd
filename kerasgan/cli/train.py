"""`kerasgan train`, `kerasgan data export` and `kerasgan data split`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from kerasgan.presets import documents
from kerasgan.cli.app import app, data_app, fail, import_keras
from kerasgan.errors import PresetConfigError


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
    augmentation: Annotated[
        str | None,
        typer.Option(
            help="Where images are few: ada, or color,translation,cutout; or none."
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="An argument of the GAN's class: width=32, num_classes=10, "
            "ada_images=100000. May be repeated.",
        ),
    ] = None,
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
    import_keras()
    from kerasgan.presets import recipes
    from kerasgan.training import runner

    fields = {"source": data, "split": split, "size": size, "channels": channels}
    fields |= {"ground": ground, "crop": crop or None}
    loaded = recipes.load(recipe)
    arguments = _arguments(settings)
    if augmentation is not None:
        policy = None if augmentation == "none" else augmentation
        arguments["augmentation"] = policy
    options = {"batch_size": batch_size, "seed": seed, "arguments": arguments}
    adapted = recipes.adapt(loaded, data=fields, **options)
    recipes.check(adapted, recipe)
    target = out_path or Path("runs") / Path(recipe).absolute().stem
    try:
        model = runner.train(
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
        fail(
            "interrupted. The same command with --resume (without --overwrite) goes "
            f"on from the last whole epoch in {target}.",
            130,
        )
    done = f"{type(model).__name__} in {target}"
    if getattr(model, "kind", None) == "gan":
        done += f"; `kerasgan sample {target}` draws."
    print(done)
    if kept := _kept(target):
        print(kept)


def _arguments(settings: list[str] | None) -> dict:
    """Constructor arguments of NAME=VALUE, in JSON; else it is text, or none."""
    found = {}
    for setting in settings or ():
        name, equals, value = setting.partition("=")
        if not (name and equals):
            raise ValueError(
                f"--set must be NAME=VALUE. Received: {setting!r}. Such as: "
                "--set width=32 --set num_classes=10."
            )
        try:
            found[name] = documents.parse(value.encode(), "--set")
        except PresetConfigError:
            found[name] = None if value == "none" else value
    return found


def _kept(folder) -> str:
    """Which state of a judged training its preset holds."""
    path = folder / "results.json"
    results = documents.read_json(path) if path.is_file() else {}
    kept = dict(results.get("training", {}).get("kept", {}))
    images = kept.pop("images", 0)
    figures = ", ".join(f"{name} {value:.3g}" for name, value in kept.items())
    return figures and f"Kept is the state after {images:,} images: {figures}."


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
    import_keras()
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


@data_app.command("split")
def split(
    folder: Annotated[Path, typer.Argument(help="Image folder; it stays as it is.")],
    out_path: Annotated[
        Path, typer.Option("--out", help="New folder, of train/ and held_out/.")
    ],
    held_out: Annotated[float, typer.Option(help="Share that is held out.")] = 0.15,
    ignore: Annotated[
        str | None,
        typer.Option(
            help="Regular expression: names that are equal without it stay together."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the choice.")] = 0,
):
    """Copies a folder's images to train/ and held_out/, by which to measure."""
    import_keras()
    from kerasgan import data

    found = data.split(folder, out_path, held_out=held_out, ignore=ignore, seed=seed)
    print(", ".join(f"{n:,} images in {out_path / side}" for side, n in found.items()))
