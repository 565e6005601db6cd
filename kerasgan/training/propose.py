"""Proposes a training: family, size, width, batch, augmentation, flips and updates.

The proposal follows from the images, from the time of an update on this machine, and
from the budget. Small data get R3GAN with ADA (https://arxiv.org/abs/2501.05441,
https://arxiv.org/abs/2006.06676), with the schedules of the preset `r3gan_emoji`.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from kerasgan import registry
from kerasgan.data import ImageDataset
from kerasgan.data.look import SIDE, Look, suits_mirroring
from kerasgan.data.pictures import check_size
from kerasgan.presets import configs, recipes, upgrade
from kerasgan.training.budget import Budget
from kerasgan.training.expect import check_variety, expectation, hours_in_words
from kerasgan.training.measure import seconds_per_update
from kerasgan.training.phases import check_shape

FAMILY = "r3gan"
BATCH = 32
# Sides that are proposed, the filters beside the image, and the images to see in
# training at which shapes can be recognized.
LADDER = {16: (24, 100_000), 32: (24, 200_000), 64: (16, 400_000), 128: (16, 1_500_000)}
WIDER = 10  # times as many images, for which networks get twice the filters
FASTER = 0.85  # the share of float32's time up to which another dtype is proposed
SHORT = 8.0  # seconds of each measurement
ADA_SHARE, ADA_LIMITS = 6, (10_000, 500_000)
ADAM = {"name": "adam", "beta_1": 0.0, "beta_2": 0.95, "weight_decay": 0.1}
RATES = {"discriminator": 5e-4, "generator": 1e-3}
RATE = {"name": "cosine", "final": 0.05, "warmup": 0.05}
GAMMA = {"name": "cosine", "final": 0.2}

Measure = Callable[..., float]


class Choices(NamedTuple):
    """What a user has fixed; None leaves the choice to the proposal.

    Attributes:
        family: The registry name of the GAN.
        size: The side of the images in pixels, or (H, W).
        batch_size: Images per update.
        dtype: The dtype policy.
        arguments: Constructor arguments.
        data: Other fields of the recipe's `data`, such as `flip` and `channels`.
        seed: The seed of the training.
    """

    family: str | None = None
    size: int | Sequence[int] | None = None
    batch_size: int | None = None
    dtype: str | None = None
    arguments: Mapping[str, Any] = {}
    data: Mapping[str, Any] = {}
    seed: int = 0


class Proposal(NamedTuple):
    """A training to agree to.

    Attributes:
        recipe: Its recipe, with updates.
        lines: What is proposed and why, one line for each part.
        expectation: What to expect of it.
        seconds: Of one update, measured.
    """

    recipe: dict
    lines: list[str]
    expectation: str
    seconds: float

    def __str__(self) -> str:
        return "\n".join([*self.lines, self.expectation])


def propose(
    look: Look,
    source: str,
    *,
    budget: Budget | None = None,
    choices: Choices | None = None,
    machine: str = "this machine",
    measure: Measure = seconds_per_update,
) -> Proposal:
    """Proposes how to train on some images; measures the machine first.

    Args:
        look: From `kerasgan.data.look`.
        source: What was looked at, for the recipe.
        budget: How long to train; by default one hour.
        choices: What the user has fixed.
        machine: The machine in words, such as "2 cores".
        measure: Measures the seconds of an update.

    Returns:
        The proposal.

    Raises:
        RecipeError: If there are too few images, or a choice is impossible.
    """
    check_variety(look)
    budget, choices = budget or Budget(hours=1), choices or Choices()
    plan = _Plan(look, source, choices, budget, measure)
    plan.choose()
    recipe = plan.recipe()
    seen = plan.updates() * plan.batch_size
    lines = plan.lines(recipe, machine)
    seconds = plan.seconds * plan.updates()
    expected = expectation(look.count, max(plan.sides), seen, seconds, machine)
    return Proposal(recipe, lines, expected, plan.seconds)


class _Plan:
    """A proposal in the making."""

    def __init__(self, look, source, choices, budget, measure):
        self.look, self.source, self.choices = look, source, choices
        self.budget, self.measure = budget, measure
        self.family = choices.family or FAMILY
        self.cls = registry.lookup(self.family)
        self.channels = choices.data.get("channels") or look.channels
        self.batch_size, self.dtype = self._batch_size(), choices.dtype
        self.width, self.why_size, self.why_dtype = None, "", ""
        self.num_classes = self._num_classes()

    def choose(self) -> None:
        """Chooses size, width and dtype, and measures them."""
        exact = self._own_side()
        allowed = [side for side in LADDER if side <= self.look.side]
        self.why_size = f"the typical shorter side is {self.look.side}"
        if self.look.side >= max(LADDER):
            self.why_size = "the largest that is proposed"
        if fixed := self._fixed_sides():
            self.sides, self.why_size = fixed, "as you chose"
        else:
            largest = max(min(LADDER), self.look.side // 4 * 4)
            self.sides = (exact or min(largest, SIDE),) * 2
        self._set_width()
        check_shape(self.recipe(updates=1))
        self._choose_dtype()
        if not fixed and not exact and self._climb(allowed):
            self.seconds = self._measured(self.dtype)

    def updates(self) -> int:
        """The updates that the budget allows."""
        batches = max(1, self.look.count // self.batch_size)
        return self.budget.updates(batches, self.batch_size, self.seconds)

    def _num_classes(self) -> int | None:
        """The number of classes, if the family can use them."""
        if "num_classes" not in configs.parameters_of(self.cls):
            return None
        if "num_classes" in self.choices.arguments:
            return self.choices.arguments["num_classes"]
        return len(self.look.classes) if self.look.classes else None

    def _batch_size(self) -> int:
        """As chosen, or as usual, but at most half of the images."""
        if self.choices.batch_size:
            return self.choices.batch_size
        usual = BATCH if self.family == FAMILY else self.cls.batch_size
        return min(usual, 2 ** int(math.log2(self.look.count / 2)))

    def _fixed_sides(self) -> tuple[int, int] | None:
        """Height and width, if an option or an argument fixes them."""
        shape = self.choices.arguments.get("image_shape")
        return check_size(self.choices.size) or (tuple(shape[:2]) if shape else None)

    def _own_side(self) -> int | None:
        """The side of images that are all equal squares, if it is small and possible.

        A side of 28 pixels needs no resizing.
        """
        sides = np.unique(self.look.sides)
        if len(sides) > 1 or not min(LADDER) <= sides[0] <= SIDE or sides[0] % 4:
            return None
        return int(sides[0])

    def _set_width(self) -> None:
        if self.family == FAMILY and "width" not in self.choices.arguments:
            self.width, _ = self._rung(max(self.sides))

    def _choose_dtype(self) -> None:
        """Measures float32 and, unless a dtype is fixed, a mixed policy."""
        if self.dtype is not None:
            self.seconds = self._measured(self.dtype)
            return
        plain = self._measured(None)
        mixed = self._measured("mixed_bfloat16")
        self.seconds = plain
        if mixed < FASTER * plain:
            self.dtype, self.seconds = "mixed_bfloat16", mixed
            self.why_dtype = f"mixed_bfloat16, {plain / mixed:.1f} times as fast here"

    def _climb(self, allowed) -> bool:
        """Takes larger images and networks while the budget is enough for them."""
        start = side, width = self.sides[0], self.width
        seen = self.updates() * self.batch_size
        if self.budget.needs_measuring:
            seen *= self._cost(*start)

        def can_see(side, width, images):
            cost = self._cost(side, width) if self.budget.needs_measuring else 1
            return seen / cost >= images

        for larger in [candidate for candidate in allowed if candidate > side]:
            filters, enough = LADDER[larger]
            filters = filters if width else None
            if not can_see(larger, filters, enough):
                self.why_size = f"the budget is too short for {larger}"
                break
            side, width = larger, filters
        if width and can_see(side, 2 * width, WIDER * self._rung(side)[1]):
            width *= 2
        self.sides, self.width = (side, side), width
        return (side, width) != start

    @staticmethod
    def _rung(side: int) -> tuple[int, int]:
        """Width and images to see, of the next smaller side on the ladder."""
        return LADDER[max(rung for rung in LADDER if rung <= max(side, min(LADDER)))]

    @staticmethod
    def _cost(side: int, width: int | None) -> float:
        """The time of an image compared with others: convolutions, and the rest."""
        levels = [(side >> k, (width or 16) << min(k, 3)) for k in range(8)]
        filters = sum(s**2 * f**2 for s, f in levels if s >= 4)
        return filters + 1000 * side**2

    def _measured(self, dtype) -> float:
        """Seconds of an update with small copies of the images, whose size counts."""
        recipe = self.recipe(updates=1, dtype=dtype)
        down, right = (np.arange(side) * SIDE // side for side in self.sides)
        rows = np.arange(max(self.batch_size, min(self.look.copies.shape[0], 256)))
        rows %= len(self.look.copies)
        images = self.look.copies[rows][:, down][:, :, right, : self.channels]
        labels = None
        if self.num_classes is not None:
            labels = rows % self.num_classes
        options = {"batch_size": self.batch_size, "flip": True}
        return self.measure(recipe, ImageDataset(images, labels, **options), SHORT)

    def recipe(self, updates: int | None = None, dtype: str | None = None) -> dict:
        """The recipe as far as it is chosen."""
        known = updates is None
        updates = self.updates() if known else updates
        height, width = self.sides
        size = height if height == width else [height, width]
        data = {"source": self.source, "size": size, "channels": self.channels}
        if (self.look.sides[:, 0] != self.look.sides[:, 1]).any():
            data["crop"] = True
        chosen = {k: v for k, v in self.choices.data.items() if v is not None}
        data |= {"flip": self._flip()[0]} | chosen | {"flip": self._flip()[0]}
        arguments = self._arguments(updates) | dict(self.choices.arguments)
        recipe = {
            "format": upgrade.RECIPE,
            "model": {"name": self.family, "arguments": arguments},
            "data": data,
            "phases": self._phases(updates),
            "seed": self.choices.seed,
        }
        if dtype := (self.dtype if known else dtype):
            recipe["dtype"] = dtype
        return recipes.check(recipe, "proposal")

    def _arguments(self, updates) -> dict:
        """Constructor arguments that depend on images and budget."""
        arguments = {"image_shape": [*self.sides, self.channels]}
        if self.num_classes is not None:
            arguments["num_classes"] = self.num_classes
        if self.width:
            arguments["width"] = self.width
        if self.family == FAMILY:
            low, high = ADA_LIMITS
            images = min(max(updates * self.batch_size // ADA_SHARE, low), high)
            arguments |= {"augmentation": "ada", "ada_images": images}
        return arguments

    def _phases(self, updates) -> list[dict]:
        """The phases of the family's recipe; R3GAN's with rates and schedules."""
        if self.family != FAMILY:
            recipe = recipes.load(self.family)
            recipe = recipes.adapt(recipe, updates=updates, batch_size=self.batch_size)
            return recipe["phases"]
        schedules = dict.fromkeys(RATES, RATE) | {"penalty_weight": dict(GAMMA)}
        schedules["penalty_weight"]["updates"] = max(1, 2 * updates // 3)
        optimizers = {n: ADAM | {"learning_rate": rate} for n, rate in RATES.items()}
        phase = {"updates": updates, "batch_size": self.batch_size}
        return [phase | {"optimizers": optimizers, "schedules": schedules}]

    def _flip(self) -> tuple[bool, str]:
        """Whether to mirror images, and why."""
        chosen = self.choices.data.get("flip")
        if isinstance(chosen, bool):
            return chosen, "as you chose"
        copies = self.look.copies[..., : self.channels]
        return suits_mirroring(copies, self.look.classes, self.look.name)

    def _size_in_words(self) -> str:
        height, width = self.sides
        return f"{width}" if height == width else f"{width}x{height}"

    def lines(self, recipe: dict, machine: str) -> list[str]:
        """The proposal in five lines, with reasons and options."""
        arguments, updates = recipe["model"]["arguments"], self.updates()
        own = self.family == FAMILY
        family = f"{self.cls.__name__}: " + (
            "learns from few images, and rarely collapses"
            if own and not self.choices.family
            else "as you chose"
        )
        if self.num_classes:
            family += f"; {self.num_classes} classes"
        width = f"width {arguments['width']}, " if "width" in arguments else ""
        dtype = f", {self.why_dtype}" if self.why_dtype else ""
        policy = arguments.get("augmentation") or "none"
        why = ": the more it overfits, the more images are changed"
        flip, reason = self._flip()
        flips = f"{'mirrors' if flip else 'does not mirror'} {reason}"
        if reason == "as you chose":
            flips = f"{'mirrors' if flip else 'does not mirror'} images, as you chose"
        seen, time = updates * self.batch_size, hours_in_words(updates * self.seconds)
        parts = {
            "family": f"{family} (--family)",
            "size": f"{self._size_in_words()} pixels, {width}batch {self.batch_size}: "
            f"{self.why_size} (--size, --set width=, --batch-size)",
            "augment": f"{policy}{why if policy == 'ada' else ''}; {flips} "
            "(--augmentation, --flip)",
            "speed": f"{self.batch_size / self.seconds:,.0f} images/s on {machine}, "
            f"measured{dtype} (--dtype)",
            "updates": f"{updates:,}, so {seen:,} images are seen, in about {time} "
            "(--hours, --images, --updates, --epochs)",
        }
        return [f"  {name:8} {text}" for name, text in parts.items()]
