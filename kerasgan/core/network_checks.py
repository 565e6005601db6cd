"""Checks that networks fit each other, whether a family or a user built them."""

from collections.abc import Sequence


def check_network(name: str, network) -> None:
    """A network that a user built: functional or Sequential, so it can be copied.

    Raises:
        TypeError: If it is something else, or not yet built.
    """
    inputs = getattr(network, "inputs", None)
    if not inputs or getattr(network, "outputs", None) is None:
        raise TypeError(
            f"`{name}` must be a functional or Sequential keras.Model with known "
            f"inputs. Received: {type(network).__name__}. Build it with "
            "keras.Model(inputs, outputs), or give a Sequential a keras.Input."
        )


def check_generator(generator, condition: str | None) -> None:
    """The generator's inputs and outputs.

    Args:
        generator: Built.
        condition: The name of the model's condition, or None.

    Raises:
        ValueError: If it does not take latents, or not the condition.
    """
    inputs, takes = generator.inputs, 1 if condition in (None, "codes") else 2
    if len(inputs) != takes:
        wanted = "latents" if takes == 1 else f"[latents, {condition}]"
        remedy = (
            "Pass condition=kerasgan.Labels(...) or another condition, or use a CGAN, "
            "ACGAN, SNGAN or SAGAN."
            if takes == 1
            else "Give it a second input, or leave the condition out."
        )
        raise ValueError(
            f"The generator must take {wanted}. Received: a generator with "
            f"{len(inputs)} input(s) and condition={condition!r}. {remedy}"
        )
    if len(inputs[0].shape) != 2 or inputs[0].shape[-1] is None:
        raise ValueError(
            "The generator's first input must be latents (N, latent_dim). "
            f"Received: shape {inputs[0].shape}."
        )
    if inputs[0].shape[-1] < 1:
        raise ValueError("`latent_dim` must be at least 1. Received: latent_dim=0.")
    if isinstance(_output(generator), dict | list | tuple):
        raise ValueError(
            "The generator must return one tensor. Received: "
            f"{len(generator.outputs)} outputs. End it with one."
        )


def check_discriminator(discriminator, generator, heads: Sequence[str]) -> None:
    """The discriminator's input and heads; a wrong shape would broadcast silently.

    Args:
        discriminator: Built.
        generator: Built; its outputs are what the discriminator takes.
        heads: Names of the outputs that the losses read.

    Raises:
        ValueError: If the networks do not fit each other, or a head is missing.
    """
    made, taken = _output(generator).shape[1:], discriminator.inputs[0].shape[1:]
    if len(made) != len(taken) or any(
        b not in (None, a) for a, b in zip(made, taken, strict=True)
    ):
        raise ValueError(
            "The discriminator must take what the generator makes. Received: a "
            f"generator of {tuple(made)} and a discriminator that takes "
            f"{tuple(taken)}. Build both for one shape."
        )
    outputs = _output(discriminator)
    named = outputs if isinstance(outputs, dict) else {"logits": outputs}
    if missing := [head for head in heads if head not in named]:
        raise ValueError(
            f"The discriminator must return a dictionary with {', '.join(heads)}. "
            f"Received: {', '.join(named)}; {missing[0]!r} is missing. Build it with "
            f"keras.Model(inputs, {{{missing[0]!r}: ..., ...}})."
        )
    shape = named["logits"].shape
    if len(shape) not in (1, 4):
        raise ValueError(
            "The discriminator must return logits (N,), or (N, h, w, 1) for patches. "
            f"Received: output_shape={shape}. End it with keras.layers.Reshape(())."
        )


def _output(network):
    """What a network returns; a Sequential that was never called has no `output`."""
    return getattr(network, "output", network.outputs[0])
