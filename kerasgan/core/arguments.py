"""What constructors and methods take, across the bases they hand keywords on to."""

import inspect

from kerasgan.checks import OBJECTS
from kerasgan.errors import did_you_mean

HINTS = {
    "codes": " Only an InfoGAN has codes; a conditional GAN takes labels.",
    "num_classes": " Conditional GANs take it: CGAN, ACGAN, SNGAN, SAGAN.",
}


def parameters_of(cls: type, method: str = "__init__") -> dict:
    """Parameters by name: the method's, and those of bases it hands keywords on to.

    Parameters of other kinds (`self`, `*args`, `**kwargs`) are left out.
    """
    known: dict[str, inspect.Parameter] = {}
    for base in cls.__mro__:
        if method not in vars(base):
            continue
        parameters = list(inspect.signature(vars(base)[method]).parameters.values())
        for parameter in parameters[1:]:
            if parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
                known.setdefault(parameter.name, parameter)
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break
    return known


def defaults_of(cls: type) -> dict:
    """The defaults of a constructor and of all bases, without objects or `fixed`."""
    return {
        name: parameter.default
        for name, parameter in parameters_of(cls).items()
        if parameter.default is not parameter.empty
        and name not in OBJECTS
        and name not in cls.fixed
    }


def check_known(cls: type, method: str, given, more: tuple[str, ...] = ()) -> None:
    """Refuses keywords that neither a class's method nor its bases take.

    Args:
        cls: The class.
        method: The method's name.
        given: The keywords of a call.
        more: Further keywords that are allowed.

    Raises:
        TypeError: Naming the keyword and those that exist.
    """
    hidden = {"given"} | (set(cls.fixed) if method == "__init__" else set())
    known = [n for n in parameters_of(cls, method) if n not in hidden] + list(more)
    unknown = sorted(set(given) - set(known))
    if unknown:
        what = cls.__name__ if method == "__init__" else f"`{cls.__name__}.{method}`"
        raise TypeError(
            f"{what} takes {', '.join(known)}. Received: {unknown[0]}=."
            f"{did_you_mean(unknown[0], known)}{HINTS.get(unknown[0], '')}"
        )
