"""Keyword arguments that a call does not take: named, with those that it takes."""

import functools
import inspect
from collections.abc import Callable

from kerasgan.errors import did_you_mean

HANDED = {"self", "generator", "discriminator", "tracked"}  # by a family, not its user
HINTS = {
    "codes": " Only an InfoGAN has codes; a conditional GAN takes labels.",
    "loss": " Losses are the GAN's own.",
}


def refuses_unknown(method: Callable) -> Callable:
    """Decorator of a method: its error for a keyword that it does not take helps.

    Subclasses may take more, and hand on what they do not know.
    """
    known = inspect.signature(method).parameters

    @functools.wraps(method)
    def checked(self, *args, **kwargs):
        check_known(type(self), method.__name__, kwargs.keys() - known.keys())
        return method(self, *args, **kwargs)

    return checked


def check_known(cls: type, method: str, unknown: set[str]) -> None:
    """Refuses keywords that neither a class's method nor those it hands on to take.

    Args:
        cls: The class.
        method: The method's name.
        unknown: Those that nobody takes.

    Raises:
        TypeError: If there is one.
    """
    if not unknown:
        return
    name, taken = min(unknown), _taken(cls, method)
    what = cls.__name__ if method == "__init__" else f"`{cls.__name__}.{method}`"
    raise TypeError(
        f"{what} takes {', '.join(taken)}. Received: {name}=."
        f"{did_you_mean(name, taken)}{HINTS.get(name, '')}"
    )


def _taken(cls, method) -> list[str]:
    """What a method takes, and its bases' where it hands on other keywords."""
    names: dict[str, None] = {}
    for base in cls.__mro__:
        if method in vars(base):
            parameters = inspect.signature(vars(base)[method]).parameters.values()
            rest = [p.name for p in parameters if p.kind is p.VAR_KEYWORD]
            names |= dict.fromkeys(p.name for p in parameters if p.name not in rest)
            if not rest:
                break
    return [name for name in names if name not in HANDED]
