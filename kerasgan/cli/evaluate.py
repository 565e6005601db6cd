"""`kerasgan evaluate`."""

from pathlib import Path
from typing import Annotated

import typer

from kerasgan.presets import catalog, load
from kerasgan.cli.app import app, import_keras
from kerasgan.presets.folders import Folder


@app.command()
def evaluate(
    preset: Annotated[
        str, typer.Argument(help="A bundled name, a folder, hf://owner/name.")
    ],
    data: Annotated[
        str | None,
        typer.Option(help="Real images; those of the recipe where not given."),
    ] = None,
    split: Annotated[str | None, typer.Option(help="Split of a data set.")] = None,
    held_out: Annotated[
        str | None,
        typer.Option(
            help="Split, or another file or folder, for the floor; else every fifth."
        ),
    ] = None,
    size: Annotated[int | None, typer.Option(min=1, help="Resize, in pixels.")] = None,
    crop: Annotated[bool, typer.Option(help="Cut to a square.")] = False,
    channels: Annotated[
        int | None, typer.Option(min=1, max=3, help="1 for grey, 3 for colour.")
    ] = None,
    ground: Annotated[
        str | None, typer.Option(help="Colour behind transparent pixels.")
    ] = None,
    skip_unreadable: Annotated[
        bool, typer.Option(help="Skip files that are no readable image.")
    ] = False,
    data_dir: Annotated[
        str | None, typer.Option(help="Where TensorFlow data sets lie.")
    ] = None,
    features: Annotated[
        str, typer.Option(help="auto, inception, or a features preset.")
    ] = "auto",
    samples: Annotated[int, typer.Option(min=10, help="Images to generate.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of their latents.")] = 0,
    figure: Annotated[
        list[str] | None, typer.Option(help="Which, such as fid; may be repeated.")
    ] = None,
    out_path: Annotated[
        Path | None, typer.Option("--out", help="Write the results as JSON.")
    ] = None,
    neighbours: Annotated[
        Path | None,
        typer.Option(help="Draw images above their nearest training images, as PNG."),
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace what is there.")] = False,
):
    """Measures the quality of a GAN's images: FID and its kin, with their protocol."""
    files = catalog.files_of(preset)
    if neighbours is not None and neighbours.suffix.lower() != ".png":
        raise ValueError(f"--neighbours must end in .png. Received: {neighbours}.")
    for path in (out_path, neighbours):
        if path is not None and (path.is_dir() or path.exists() and not overwrite):
            raise FileExistsError(f"{path} exists. Choose another, or --overwrite.")
    given = {"split": split, "held_out": held_out, "size": size, "crop": crop}
    given |= {"source": data, "channels": channels, "ground": ground}
    given = {name: x for name, x in given.items() if x is not None and x is not False}
    import_keras()
    fields = _data_of(files, given)
    from kerasgan.core.codes import Coded
    from kerasgan.evaluation.evaluation import nearest_picture, real_images
    from kerasgan.core.gan import GAN
    from kerasgan.images import save_png
    from kerasgan.metrics import result

    gan = GAN.from_preset(files, networks="sampler")
    conditional = gan.num_classes is not None
    reading = {"data_dir": data_dir, "skip_unreadable": skip_unreadable}
    real, held_out_images = real_images(fields, labels=conditional, **reading)
    options = {"samples": samples, "seed": seed, "figures": figure}
    found = gan.evaluate_quality(real, features, held_out_images, **options)
    if isinstance(gan, Coded) and not figure:
        found |= _examined(files, held_out_images or real)
    for line in found.values():
        print(line)
    if neighbours is not None:
        save_png(neighbours, nearest_picture(gan, real, seed=seed))
    if out_path is not None:
        result.save(found, out_path)


def _examined(files, images):
    """What the categories of an InfoGAN mean, where the images have labels."""
    from kerasgan.core.gan import GAN

    if images.labels is None:
        return {}
    gan = GAN.from_preset(files)  # its discriminator tells them
    return gan.examine(images.images, images.labels, images.name)


def _data_of(files, given):
    """A recipe's `data`: those given, else those that the preset was trained on."""
    if "source" in given:
        return given
    fields = load.metadata_of(files).get("data")
    if not fields:
        raise ValueError(
            f"{files.name} does not say what it was trained on. Pass --data, an image "
            "folder, an .npz file or a data set's name."
        )
    from kerasgan.data import named

    known = named.is_name(fields["source"]) and "/" not in fields.get("held_out", "")
    if not known and not isinstance(files, Folder):
        raise ValueError(  # a stranger's paths would be read here
            f"{files.name} must say which data set it was trained on. Received: "
            f"{ascii(fields['source'])[:80]}, which is no data set's name. Pass --data."
        )
    return fields | given
