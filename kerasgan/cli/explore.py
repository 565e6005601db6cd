"""`kerasgan explore`."""

from pathlib import Path
from typing import Annotated

import typer

from kerasgan.cli.app import app, import_keras
from kerasgan.cli.options import (
    PATH,
    TEXT,
    DataDir,
    Overwrite,
    Preset,
    Split,
    check_free,
    check_source,
    check_task,
)
from kerasgan.files import write_atomically
from kerasgan.presets import catalog

Data = Annotated[
    str | None,
    typer.Option(
        help="Training images, for the nearest of them and for precision and recall: "
        "a folder, an .npz file or the name of a dataset.",
        **TEXT,
    ),
]
Features = Annotated[
    str | None,
    typer.Option(
        help="For precision and recall: inception, or a preset of kind features. "
        "Default: by the dataset.",
        **TEXT,
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the first latents.")]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        help="A page (.html) or a picture (.png). Default: explore_PRESET.html.",
        **PATH,
    ),
]


@app.command()
def explore(
    preset: Preset,
    data: Data = None,
    split: Split = None,
    data_dir: DataDir = None,
    features: Features = None,
    seed: Seed = 0,
    out_path: Out = None,
    overwrite: Overwrite = False,
) -> None:
    """Show a GAN's latents: samples, ways, directions, truncation, arithmetic."""
    files = catalog.files_of(preset)
    check_task(files, "generate")
    target = out_path or Path(f"explore_{files.name.split('/')[-1]}.html")
    if target.suffix.lower() not in (".html", ".png"):
        raise ValueError(
            f"--out must end in .html or .png. Received: {target}. The page holds all "
            "pictures, with words about them."
        )
    check_free(target, overwrite or out_path is None)
    if data is not None:
        check_source(data)
    import_keras()
    from kerasgan import data as datasets
    from kerasgan import images
    from kerasgan.core.gan import GAN
    from kerasgan.latent import page

    gan = GAN.from_preset(files, networks="sampler")
    dataset = None
    if data is not None:
        channels = gan.data_shape[-1]
        sides = {"size": gan.data_shape[:2], "channels": channels}
        dataset = datasets.load(data, split=split, data_dir=data_dir, **sides)
    options = {"seed": seed, "dataset": dataset, "features": features}
    sections = page.sections_of(gan, **options)
    if target.suffix.lower() == ".html":
        content = page.to_page(sections, files.name).encode()
    else:
        content = images.encode_png(page.to_picture(sections))
    with write_atomically(target) as file:
        file.write(content)
    print(f"Wrote {len(sections)} sections to {target}")
