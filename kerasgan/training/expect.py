"""What to expect of a training, in words, and what to know of its images."""

from collections.abc import Mapping

from kerasgan.data.look import Look
from kerasgan.errors import RecipeError

FEWEST = 16  # different images, below which nothing is proposed

# Images seen in training at 32 pixels, up to which results look like this. Larger
# images need more, in proportion to their side. The presets of the zoo have seen 0.5 to
# 1.8 million.
STAGES = (
    (30_000, "blurs of color"),
    (150_000, "colors and outlines, no objects yet"),
    (1_000_000, "recognizable shapes, little detail"),
    (6_000_000, "clear shapes and some detail"),
    (float("inf"), "as good as this family gets"),
)
FEW, SOME = 200, 1000  # images
LATER = 8  # times as much time, for comparison


def stage(size: int, seen: int) -> str:
    """What images of `size` pixels look like after so many were seen."""
    equivalent = seen * 32 / max(size, 32)
    return next(text for most, text in STAGES if equivalent <= most)


def expectation(count: int, size: int, seen: int, seconds: float, machine: str) -> str:
    """What to expect of a training, and of a longer one.

    Args:
        count: Images to train on.
        size: Their side in pixels.
        seen: Images that the training sees, each repetition counted.
        seconds: How long it takes.
        machine: The machine in words.
    """
    now, later = stage(size, seen), stage(size, LATER * seen)
    text = (
        f"Expect from {count:,} images at {size} pixels, after "
        f"{hours_in_words(seconds)} on {machine}: {now}"
    )
    if later != now:
        text += f"; after {hours_in_words(LATER * seconds)}: {later}"
    if count < FEW:
        text += f". {count} images are few: expect near copies of them"
    elif count < SOME:
        text += ". Few images give variations of what they show, little else"
    return text + "."


def hours_in_words(seconds: float) -> str:
    """A duration, such as "50 seconds", "12 minutes" or "1.5 hours"."""
    for unit, length in (("hour", 3600), ("minute", 60)):
        if seconds >= 0.95 * length:
            number = f"{round(seconds / length, 1 if seconds < 36000 else 0):g}"
            if unit == "minute":
                number = f"{seconds / length:.0f}"
            return f"{number} {unit}{'s' if number != '1' else ''}"
    return f"{max(1, seconds):.0f} seconds"


def check_variety(look: Look) -> None:
    """Refuses images that no GAN can learn from.

    Raises:
        RecipeError: If there are too few, or too few different ones.
    """
    different = look.count - look.duplicates
    if different >= FEWEST:
        return
    received = f"{look.count} in {look.name}"
    if look.count > 1 and different <= 1:
        received = f"{look.count} in {look.name}, all the same"
    elif look.duplicates:
        received += f", {different} of them different"
    raise RecipeError(
        f"A training needs at least {FEWEST} different images, better 500 or more. "
        f"Received: {received}. Add images; or start with a preset that knows similar "
        "ones (kerasgan list)."
    )


def notes(look: Look, recipe: Mapping) -> list[str]:
    """What a user should know of the images before they are used, in sentences."""
    height, width, channels = recipe["model"]["arguments"]["image_shape"]
    found = []
    if copies := look.duplicates:
        seen = len(look.copies)
        part = "" if seen == look.count else f" (of the {seen:,} looked at)"
        found.append(f"{_counted(copies)} almost equal to another one{part}.")
    if look.animations:
        found.append(f"{_counted(look.animations)} animated: the first frame is used.")
    if small := int((look.sides < (height, width)).any(axis=1).sum()):
        found.append(f"{_counted(small)} smaller than {width}x{height}, and enlarged.")
    taken = look.count * height * width * channels / 2**20
    found.append(f"The images take {max(taken, 0.1):,.1f} MiB of memory.")
    return found


def _counted(count: int) -> str:
    return f"{count:,} images are" if count > 1 else "One image is"
