"""What constructors and methods take, across the bases they hand keywords on to."""

from typing import Any

from kerasgan.checks import OBJECTS
from kerasgan.errors import did_you_mean
from kerasgan.presets.configs import all_parameters

HINTS = {
    "codes": " Only an InfoGAN has codes; a conditional GAN takes labels.",
    "num_classes": " Conditional GANs take it: CGAN, ACGAN, SNGAN, SAGAN.",
}


def defaults_of(cls: type) -> dict:
    """The defaults of a constructor and of all bases, without objects or `fixed`."""
    return {
        name: parameter.default
        for name, (_, parameter) in all_parameters(cls).items()
        if parameter.default is not parameter.empty
        and name not in OBJECTS
        and name not in cls.fixed
    }


def check_known(cls: type, method: str, given: Any, more: tuple[str, ...] = ()) -> None:
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
    known = [n for n in all_parameters(cls, method) if n not in hidden] + list(more)
    unknown = sorted(set(given) - set(known))
    if unknown:
        what = cls.__name__ if method == "__init__" else f"`{cls.__name__}.{method}`"
        raise TypeError(
            f"{what} takes {', '.join(known)}. Received: {unknown[0]}=."
            f"{did_you_mean(unknown[0], known)}{HINTS.get(unknown[0], '')}"
        )


def given_condition(model: Any, keywords: dict, method: str) -> Any:
    """The value of a model's condition among the keywords of a call, or None.

    Args:
        model: Has a `condition`.
        keywords: What a method got besides its own arguments.
        method: The method's name.

    Raises:
        ValueError: If the model is unconditional.
        TypeError: If the method does not take a keyword.
    """
    name = model.condition.name
    values = {key: value for key, value in keywords.items() if value is not None}
    others = values.keys() & {"labels", "codes", "vectors", "captions"} - {name}
    if name is not None and others:
        raise TypeError(
            f"{type(model).__name__} takes {name}=. Received: {min(others)}=. Pass "
            f"{name}= instead."
        )
    if name is None and values.keys() & {"labels", "vectors", "captions"}:
        raise ValueError(
            f"{type(model).__name__} is unconditional. Received: {', '.join(values)}. "
            "Leave them out, or use a conditional GAN."
        )
    more = () if name is None else (name,)
    check_known(type(model), method, values, more + model.output_options)
    return values.get(name)
