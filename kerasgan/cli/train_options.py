"""The options of `kerasgan train`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kerasgan.cli.options import PATH, PRESET, TEXT


class Dtype(StrEnum):
    """Dtype policies."""

    float32 = "float32"
    mixed_bfloat16 = "mixed_bfloat16"
    mixed_float16 = "mixed_float16"


class Flips(StrEnum):
    """Whether to mirror images."""

    auto = "auto"
    on = "on"
    off = "off"

    @property
    def value_in_recipe(self) -> bool | str:
        """As recipes have it."""
        return {"on": True, "off": False}.get(self.value, "auto")


Start = Annotated[
    str | None,
    typer.Argument(
        help="A folder of images; or a preset, a recipe.json file, or a family such as "
        "wgan_gp.",
        show_default=False,
        **TEXT | {"metavar": "IMAGES|RECIPE"},
    ),
]
Family = Annotated[
    str | None, typer.Option(help="The GAN. Default: what suits the images.")
]
Data = Annotated[
    str | None,
    typer.Option(
        help="An image folder, an .npz file or the name of a dataset.", **TEXT
    ),
]
Images = Annotated[
    int | None, typer.Option("--images", help="Length: images to see in training.")
]
Updates = Annotated[int | None, typer.Option(help="Length: batches to train on.")]
Hours = Annotated[
    float | None, typer.Option(help="Length: hours. Default for a folder of images: 1.")
]
Epochs = Annotated[
    int | None,
    typer.Option(help="Length: passes over the data. Default of a family: 50."),
]
Yes = Annotated[
    bool, typer.Option("--yes", "-y", help="Take the proposal without a question.")
]
StartFrom = Annotated[
    str | None,
    typer.Option("--from", help="Start from the weights of this preset.", **PRESET),
]
FreezeLayers = Annotated[
    int,
    typer.Option(
        min=0,
        help="With --from: layers of the discriminator, from its input, that stay as "
        "they are.",
    ),
]
Finish = Annotated[
    bool,
    typer.Option("--finish", help="Make a preset of the last checkpoint in --out now."),
]
Modules = Annotated[
    list[str] | None,
    typer.Option(
        "--import",
        metavar="MODULE",
        help="Import this module first, which registers a family of your own.",
    ),
]
Targets = Annotated[
    str | None,
    typer.Option(
        help="For models from images to images: the targets, a folder of files with "
        "the names of those in --data (CycleGAN: of any other files).",
        **TEXT,
    ),
]
Make = Annotated[
    str | None,
    typer.Option(
        help="For models from images to images: make the input from the images in "
        "--data: edges, gray, downscale:4, mask:strokes, ..."
    ),
]
SourceSide = Annotated[
    str | None,
    typer.Option(
        help="Side of the input in pictures of input and target side by side: left "
        "or right."
    ),
]
SourceChannels = Annotated[
    int | None, typer.Option(help="Color channels of the input, as --channels.")
]
Flip = Annotated[
    Flips | None,
    typer.Option(
        help="Mirror images at random; auto: color photographs. Default: the recipe's, "
        "or auto.",
    ),
]
Captions = Annotated[
    str | None,
    typer.Option(
        help="For StackGAN: a CSV file with the columns file and name, and perhaps "
        "keywords, of the images in --data.",
        **TEXT,
    ),
]
Classes = Annotated[
    str | None,
    typer.Option(
        metavar="CLASS[,CLASS...]",
        help="Numbers or names of the classes to train on, such as 8.",
    ),
]
Labeled = Annotated[
    int | None,
    typer.Option(min=1, help="For SGAN: images that keep their label."),
]
LabeledSeed = Annotated[
    int | None, typer.Option(min=0, help="Seed of their choice. Default: 0.")
]
BatchSize = Annotated[
    int | None,
    typer.Option(
        min=1, help="Images per update. Default: the recipe's, or 64 (16 of pairs)."
    ),
]
Augmentation = Annotated[
    str | None,
    typer.Option(
        help="For small datasets: ada, or color,translation,cutout. none turns it off."
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Constructor argument of the GAN, such as width=32, num_classes=10 or "
        "ada_images=100000. Repeat the option for several.",
    ),
]
Seed = Annotated[
    int | None, typer.Option(min=0, help="Seed of weights, noise and data order.")
]
Out = Annotated[
    Path | None,
    typer.Option("--out", help="Folder for the preset. Default: runs/NAME.", **PATH),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Continue from the last checkpoint in --out; with a length, that much "
        "more.",
    ),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Start again, replacing --out.")
]
Precision = Annotated[
    Dtype | None, typer.Option(help="Dtype policy, such as mixed_bfloat16.")
]
License = Annotated[
    str | None, typer.Option(help="License of the weights, such as apache-2.0.")
]
Tensorboard = Annotated[
    bool, typer.Option("--tensorboard", help="Write logs to OUT/training/logs.")
]
