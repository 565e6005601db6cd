"""`kerasgan train`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from kerasgan.cli.app import app, fail, import_keras
from kerasgan.cli.options import (
    Background,
    Channels,
    Crop,
    DataDir,
    Size,
    SkipUnreadable,
    Split,
)
from kerasgan.errors import PresetConfigError
from kerasgan.presets import documents


@app.command()
def train(
    recipe: Annotated[
        str,
        typer.Argument(help="A preset, a recipe.json file, or a GAN such as wgan_gp."),
    ],
    data: Annotated[
        str | None,
        typer.Option(help="An image folder, an .npz file or the name of a dataset."),
    ] = None,
    size: Size = None,
    crop: Crop = False,
    channels: Channels = None,
    background: Background = None,
    split: Split = None,
    data_dir: DataDir = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Passes over the data.")
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(min=1, help="Images per update.")
    ] = None,
    augmentation: Annotated[
        str | None,
        typer.Option(
            help="For small datasets: ada, or color,translation,cutout. none turns it "
            "off."
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Constructor argument of the GAN, such as width=32, num_classes=10 or "
            "ada_images=100000. Repeat the option for several.",
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed of weights, noise and data order.")
    ] = None,
    out_path: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for the preset. Default: runs/NAME."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue from the last checkpoint.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Start again, replacing --out.")
    ] = False,
    dtype: Annotated[
        str | None, typer.Option(help="Dtype policy, such as mixed_bfloat16.")
    ] = None,
    license: Annotated[
        str | None,
        typer.Option(help="License of the weights, such as apache-2.0."),
    ] = None,
    skip_unreadable: SkipUnreadable = False,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write logs to OUT/training/logs.")
    ] = False,
) -> None:
    """Train a GAN by a recipe. The result is a complete preset folder."""
    import_keras()
    from kerasgan.presets import recipes
    from kerasgan.training import runner

    fields = {"source": data, "split": split, "size": size, "channels": channels}
    fields |= {"background": background, "crop": crop or None}
    loaded = recipes.load(recipe)
    arguments = _arguments(settings)
    if augmentation is not None:
        arguments["augmentation"] = None if augmentation == "none" else augmentation
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
            license=license,
            verbose=1 if sys.stdout.isatty() else 2,
        )
    except KeyboardInterrupt:
        fail(
            "interrupted. To continue from the last complete epoch in "
            f"{target}, run the same command with --resume (without --overwrite).",
            130,
        )
    print(f"Wrote {type(model).__name__} to {target}")
    if getattr(model, "kind", None) == "gan":
        print(f"To generate images: kerasgan generate {target}")
    if kept := _kept(target):
        print(kept)


def _arguments(settings: list[str] | None) -> dict:
    """Constructor arguments from NAME=VALUE: JSON, `none`, or else text."""
    arguments = {}
    for setting in settings or ():
        name, equals, value = setting.partition("=")
        if not (name and equals):
            raise ValueError(
                f"--set must be NAME=VALUE. Received: {setting!r}. For example: "
                "--set width=32 --set num_classes=10."
            )
        try:
            arguments[name] = documents.parse(value.encode(), "--set")
        except PresetConfigError:
            arguments[name] = None if value == "none" else value
    return arguments


def _kept(folder: Path) -> str:
    """A sentence about the state that was kept, if the training was evaluated."""
    path = folder / "results.json"
    results = documents.read_json(path) if path.is_file() else {}
    kept = dict(results.get("training", {}).get("kept", {}))
    images = kept.pop("images", 0)
    scores = ", ".join(f"{name} {value:.3g}" for name, value in kept.items())
    return scores and f"Kept the best state, after {images:,} images: {scores}"
