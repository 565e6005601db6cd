"""Looks at a folder of images, proposes a training of it, and asks."""

import os
import sys
from typing import Any

import typer

from kerasgan.errors import RecipeError
from kerasgan.presets import starts
from kerasgan.training.budget import Budget

# Fields of `data` that belong to one family, and one that takes them.
OF_A_FAMILY = {"targets": "pix2pix", "make": "pix2pix", "source_side": "pix2pix"}
OF_A_FAMILY |= {"source_channels": "pix2pix", "captions": "stackgan"}
OF_A_FAMILY |= {"labeled": "sgan", "labeled_seed": "sgan", "classes": "f_anogan"}


def is_proposed(
    recipe: str | None, family: str | None, source: str | None, fields: dict
) -> bool:
    """Whether a training is proposed from its images: not if a recipe is given.

    A family that learns from images alone takes a proposal too, if it is an option.

    Raises:
        RecipeError: If an option needs a family that is not named.
    """
    given = [name for name in OF_A_FAMILY if fields.get(name) is not None]
    if recipe is None:
        if given:
            option = given[0].replace("_", "-")
            raise RecipeError(
                f"--{option} needs a family that takes it. Received: no family. Pass "
                f"--family {OF_A_FAMILY[given[0]]}."
            )
        return True
    if family is None or source is None or given:
        return False
    from kerasgan import registry

    cls = registry.lookup(family)
    plain = cls.kind == "gan" and cls.learns_from == "images"
    return plain and not hasattr(cls, "examples") and not cls.captioned


def is_terminal() -> bool:
    """Whether a person can answer a question."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def machine() -> str:
    """This machine in words."""
    from kerasgan import backend

    cores = os.cpu_count() or 1
    return "one GPU" if backend.has_gpu() else f"{cores} core{'s' * (cores > 1)}"


def agreed(family: str | None, changes: dict, options: dict, yes: bool) -> dict:
    """The recipe of a proposal that the user agrees to.

    Args:
        family: The GAN, if it is fixed.
        changes: `batch_size`, `seed`, `data` and `arguments` that options fix.
        options: Those of `runner.train`. The budget is spent on the recipe's updates.
        yes: Whether not to ask.
    """
    from kerasgan.data.look import look
    from kerasgan.training import expect, propose

    fields = {k: v for k, v in changes["data"].items() if v is not None}
    source, size = fields.pop("source"), fields.pop("size", None)
    reading = {"split": fields.get("split"), "data_dir": options["data_dir"]}
    reading |= {"background": fields.get("background", "white")}
    seen = look(source, skip_unreadable=options["skip_unreadable"], **reading)
    print(f"{seen.name}: {seen.describe()}.", flush=True)
    expect.check_variety(seen)
    choices = propose.Choices(family, size, changes["batch_size"], options["dtype"])
    choices = choices._replace(arguments=changes["arguments"], data=fields)
    choices = choices._replace(seed=changes["seed"] or 0)
    if options["start_from"]:
        choices = _of_preset(options["start_from"], choices)
    print("Measuring an update on this machine, about 20 seconds ...", flush=True)
    budget = options.pop("budget") or Budget(hours=1)
    proposal = propose.propose(
        seen, source, budget=budget, choices=choices, machine=machine()
    )
    options["budget"] = None
    for note in expect.notes(seen, proposal.recipe):
        print(f"Note: {note}")
    print("Proposal, each line with the options that change it:")
    print(proposal, flush=True)
    if not yes and is_terminal() and not typer.confirm("Train?", default=True):
        print("Nothing was trained.")
        raise typer.Exit
    return proposal.recipe


def _of_preset(preset: str, choices: Any) -> Any:
    """The choices that fine-tuning a preset makes: its family and its arguments.

    Raises:
        RecipeError: If the user chose another family or size.
    """
    model = starts.model_of(preset)
    height, width, channels = model["arguments"]["image_shape"]
    given = {"family": choices.family, "size": choices.size}
    own = {"family": model["name"], "size": height}
    for name, value in given.items():
        if value not in (None, own[name]):
            raise RecipeError(
                f"--from must be a preset of the same family and size. Received: "
                f"{preset}, whose {name} is {own[name]}, and --{name} {value}. Leave "
                f"--{name} out, or take another preset."
            )
    channels = choices.data.get("channels") or channels
    arguments = {k: v for k, v in model["arguments"].items() if k != "augmentation"}
    if arguments.get("num_classes") is None:
        arguments["num_classes"] = None
    else:  # as many as the images have
        del arguments["num_classes"]
    arguments |= {"image_shape": [height, width, channels]}
    return choices._replace(
        family=model["name"],
        size=height,
        arguments=arguments | dict(choices.arguments),
        data=dict(choices.data) | {"channels": channels},
    )
