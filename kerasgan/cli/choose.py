"""`kerasgan choose`."""

from typing import Annotated

import typer

from kerasgan.cli.app import app, import_keras
from kerasgan.cli.proposals import is_terminal, machine
from kerasgan.training.budget import Budget
from kerasgan.training.choose import NEEDS, TASKS, Choice
from kerasgan.training.choose import choose as ranked

SHOWN = 3  # families


@app.command()
def choose(
    task: Annotated[
        str | None, typer.Option(help=f"What for: {', '.join(TASKS)}.")
    ] = None,
    images: Annotated[
        int | None, typer.Option(min=1, help="How many images you have.")
    ] = None,
    size: Annotated[
        int | None, typer.Option(min=1, help="Their side in pixels, or the one wanted.")
    ] = None,
    labels: Annotated[
        bool | None, typer.Option("--labels/--no-labels", help="They have classes.")
    ] = None,
    pairs: Annotated[
        bool | None, typer.Option("--pairs/--no-pairs", help="They come in pairs.")
    ] = None,
    captions: Annotated[
        bool | None,
        typer.Option("--captions/--no-captions", help="They have captions."),
    ] = None,
    hours: Annotated[
        float | None,
        typer.Option(help="How long to train; an update is then measured here."),
    ] = None,
) -> None:
    """Say which GAN suits a task, with measured results and the command to start."""
    budget = Budget(hours=1 if hours is None else hours)
    if is_terminal():
        task = task or typer.prompt(f"Task ({', '.join(TASKS)})", default="generate")
        images = images or typer.prompt("How many images", type=int, default=1000)
        if task == "generate" and labels is None:
            labels = typer.confirm("Do they have classes?", default=False)
        if task == "translate" and pairs is None:
            pairs = typer.confirm("Do they come in pairs?", default=True)
    given = {"labels": labels, "pairs": pairs, "captions": captions}
    has = tuple(name for name in NEEDS if given[name])
    options = {"images": images, "size": size, "has": has, "hours": budget.amount}
    choices = ranked(task or "generate", **options)
    _show(choices)
    best = choices[0]
    if hours is not None and best.advice.task == "generate" and not best.misfits:
        print(_measured(best.advice.family, images or 1000, size, budget))


def _show(choices: list[Choice]) -> None:
    """Prints the first families, and the names of the others."""
    if choices[0].misfits:
        print("Nothing fits. The nearest:")
    for number, choice in enumerate(choices[:SHOWN], 1):
        advice = choice.advice
        print(f"{number}. {advice.family}: {advice.why}.")
        for misfit in choice.misfits:
            print(f"   but it {misfit}")
        for name, result in choice.presets.items():
            print(f"   preset {name}: {result}")
        print(f"   {choice.command}")
    if others := [choice.advice.family for choice in choices[SHOWN:]]:
        print(f"Others: {', '.join(others)}.")


def _measured(family: str, count: int, size: int | None, budget: Budget) -> str:
    """What a proposal says about speed, length and results of the best family."""
    print("Measuring an update on this machine, about 20 seconds ...", flush=True)
    import_keras()
    import numpy as np

    from kerasgan.data.look import Look
    from kerasgan.training import propose

    copies = np.random.default_rng(0).integers(0, 256, (256, 32, 32, 3), "uint8")
    sides = np.full((256, 2), size or 128)
    seen = Look("photos", max(count, 32), sides, copies, None, None)
    choices = propose.Choices(family=family, size=size)
    options = {"budget": budget, "choices": choices, "machine": machine()}
    proposal = propose.propose(seen, "photos", **options)
    return "\n".join([*proposal.lines[3:], proposal.expectation])
