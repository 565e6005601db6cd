"""Which GAN for which task: families in order, with reasons and measured results."""

from collections.abc import Mapping
from typing import NamedTuple

from kerasgan.errors import RecipeError, did_you_mean
from kerasgan.presets import catalog, documents

TASKS = {  # what a user wants, and the command that a finished preset takes
    "generate": "generate images",
    "captions": "generate images of captions",
    "codes": "find factors without labels, and generate by them",
    "translate": "translate images",
    "upscale": "enlarge images",
    "inpaint": "fill holes in images",
    "score": "find anomalies",
    "classify": "classify images with few labels",
    "measure": "measure GANs by features",
}
NEEDS = {
    "labels": "a label for each image, or for some",
    "pairs": "pairs of an input and its target",
    "captions": "a caption for each image",
}


class Advice(NamedTuple):
    """A family for a task.

    Attributes:
        family: Its registry name.
        task: A key of `TASKS`.
        why: What it does well, and what not.
        needs: Keys of `NEEDS` that it cannot do without.
        uses: Keys of `NEEDS` that make it better.
        least: Images below which it is not worth the time.
        options: What its command line takes besides images and size.
    """

    family: str
    task: str
    why: str
    needs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    least: int = 500
    options: str = ""


# In the order of preference within a task.
ADVICE = (
    Advice("r3gan", "generate", "the best of the zoo, stable, and learns from few "
           "images with ADA; also by class", uses=("labels",), least=200),
    Advice("stylegan2", "generate", "styles to mix and to truncate; slower; also by "
           "class", uses=("labels",), least=2000),
    Advice("sngan", "generate", "fast and stable; also by class", uses=("labels",)),
    Advice("sagan", "generate", "SNGAN with attention, slower; also by class",
           uses=("labels",)),
    Advice("acgan", "generate", "by class; classes stay apart", ("labels",)),
    Advice("cgan", "generate", "by class; the simplest", ("labels",)),
    Advice("wgan_gp", "generate", "rarely collapses, but slow: five critic steps"),
    Advice("dcgan", "generate", "fast; may collapse if it trains for long"),
    Advice("lsgan", "generate", "DCGAN's networks with another loss"),
    Advice("wgan", "generate", "for comparisons; WGAN-GP is better"),
    Advice("vanilla_gan", "generate", "the first GAN, of dense layers; for lessons"),
    Advice("stackgan", "captions", "two stages; captions that nobody wrote, too",
           ("captions",), least=1000, options="--captions captions.csv"),
    Advice("infogan", "codes", "a category and continuous codes, learned alone",
           least=5000),
    Advice("pix2pix", "translate", "learns from pairs; the most faithful", ("pairs",),
           least=300, options="--targets targets/"),
    Advice("cyclegan", "translate", "two sets without pairs, both directions; slow",
           options="--targets targets/"),
    Advice("srgan", "upscale", "2 or 4 times; inputs are made from the images",
           options="--make downscale:4"),
    Advice("context_encoder", "inpaint", "any holes; all other pixels stay"),
    Advice("f_anogan", "score", "learns from normal images alone; heatmaps"),
    Advice("sgan", "classify", "100 labels can be enough; its images are not the point",
           ("labels",), least=2000, options="--labeled 100"),
    Advice("feature_classifier", "measure", "features for Frechet distances of images "
           "like yours", ("labels",), least=5000),
)  # fmt: skip


class Choice(NamedTuple):
    """A family, and how it suits.

    Attributes:
        advice: The family's row.
        misfits: What speaks against it, in words; empty if it fits.
        presets: Bundled presets of the family with their measured results.
        command: How to start a training.
    """

    advice: Advice
    misfits: list[str]
    presets: dict[str, str]
    command: str


def choose(
    task: str,
    *,
    images: int | None = None,
    size: int | None = None,
    has: tuple[str, ...] = (),
    hours: float = 1.0,
) -> list[Choice]:
    """The families for a task, the best first.

    Args:
        task: A key of `TASKS`.
        images: How many there are, if it is known.
        size: Their side in pixels, or the one wanted.
        has: Keys of `NEEDS`: what comes with the images.
        hours: How long to train, for the command line.

    Returns:
        Families that fit, in order; then all others of the task, the nearest first.

    Raises:
        RecipeError: If there is no such task.
    """
    if task not in TASKS:
        raise RecipeError(
            f"`task` must be one of {', '.join(TASKS)}. Received: {task!r}."
            f"{did_you_mean(task, TASKS)}"
        )
    choices = [
        Choice(
            advice,
            _misfits(advice, images, size, has),
            results_of(advice.family),
            _command(advice, size, hours),
        )
        for advice in ADVICE
        if advice.task == task
    ]
    choices.sort(key=lambda choice: len(choice.misfits))
    if "labels" in has and task == "generate":  # families that use them come first
        choices.sort(key=lambda choice: _rank(choice, has))
    return choices


def _rank(choice, has):
    wanted = {*choice.advice.needs, *choice.advice.uses}
    return len(choice.misfits), not wanted & {*has}


def _misfits(advice, images, size, has) -> list[str]:
    """What speaks against a family."""
    found = [f"needs {NEEDS[need]}" for need in advice.needs if need not in has]
    if images is not None and images < advice.least:
        found.append(f"needs about {advice.least:,} images; you have {images:,}")
    if size is not None and (size < 16 or size % 4):
        near = max(16, size // 4 * 4)
        found.append(f"makes sides divisible by 4 from 16; {near} is the nearest")
    if advice.family in ("r3gan", "dcgan", "wgan_gp") and size and size > 128:
        found.append(f"was never trained here above 128 pixels; you want {size}")
    return found


def _command(advice: Advice, size: int | None, hours: float) -> str:
    """The command line that starts a training."""
    parts = ["kerasgan train photos/"]
    if advice.family != "r3gan":
        parts = [f"kerasgan train {advice.family} --data photos/ --size {size or 32}"]
    parts += [advice.options] * bool(advice.options)
    return " ".join([*parts, f"--hours {hours:g}"])


def results_of(family: str) -> dict[str, str]:
    """The bundled presets of a family with their main metric and real images' own."""
    found: dict[str, str] = {}
    for folder in sorted(catalog.zoo_folder().glob(f"{family}_*")):
        config = folder / "config.json"
        if config.is_file() and documents.read_json(config)["name"] == family:
            path = folder / "results.json"
            quality = (
                documents.read_json(path).get("quality", {}) if path.is_file() else {}
            )
            found[folder.name] = _main_metric(quality)
    return found


def _main_metric(quality: Mapping) -> str:
    """The first Frechet distance, or else the first metric, in words."""
    names = [n for n in quality if n.startswith("fid")] or list(quality)
    if not names:
        return "not measured"
    value, real = quality[names[0]]["value"], quality[names[0]].get("real_score")
    text = f"{names[0]} {value:.3g}"
    return text if real is None else f"{text} (real images {real:.3g})"
