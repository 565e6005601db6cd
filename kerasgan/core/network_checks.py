"""Checks that networks fit each other, whether a family or a user built them."""

from collections.abc import Sequence

import keras

from kerasgan.core.conditions import Condition


def check_network(name: str, network: keras.Model) -> None:
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


def check_one_output(name: str, network: keras.Model) -> None:
    """A generator returns one tensor.

    Raises:
        ValueError: If it returns several.
    """
    if isinstance(_output(network), dict | list | tuple):
        raise ValueError(
            f"The {name} must return one tensor. Received: "
            f"{len(network.outputs)} outputs. End it with one."
        )


def check_generator(
    generator: keras.Model, condition: Condition, shape: tuple[int, ...] | None = None
) -> None:
    """A generator takes latents, and the condition if there is one.

    Args:
        generator: Built.
        condition: What it takes besides latents.
        shape: The shape of what it must make, if it is known.

    Raises:
        ValueError: If it takes or returns something else.
    """
    check_one_output("generator", generator)
    latents = generator.inputs[0].shape
    if len(latents) != 2 or latents[-1] is None:
        raise ValueError(
            "The generator's first input must be latents (N, latent_dim). "
            f"Received: shape {latents}."
        )
    if condition.noise_length(latents[-1]) < 1:
        raise ValueError(
            "`latent_dim` must be at least 1, besides codes. Received: "
            f"latent_dim={latents[-1]}."
        )
    _check_condition("generator", generator, condition)
    if shape is not None:
        _check_made("generator", generator, shape, "image_shape=")


def check_discriminator(
    discriminator: keras.Model,
    generator: keras.Model,
    heads: Sequence[str],
    condition: Condition,
) -> None:
    """A discriminator takes what the generator makes; a wrong shape would broadcast.

    Args:
        discriminator: Built.
        generator: Built.
        heads: Names of the outputs that the losses read.
        condition: What the discriminator takes besides data.

    Raises:
        ValueError: If the networks do not fit each other, or a head is missing.
    """
    made, taken = _output(generator).shape[1:], discriminator.inputs[0].shape[1:]
    if not _fits(made, taken):
        raise ValueError(
            "The discriminator must take what the generator makes. Received: a "
            f"generator of {tuple(made)} and a discriminator that takes "
            f"{tuple(taken)}. Build both for one shape."
        )
    _check_condition("discriminator", discriminator, condition)
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


def check_shapes(
    name: str,
    network: keras.Model,
    taken: Sequence[tuple[int, ...]],
    made: tuple[int, ...] | None,
) -> None:
    """A network of a model from images to images.

    Args:
        name: The network's.
        network: Built.
        taken: The shape of each input.
        made: The shape of what it makes; None for a discriminator.

    Raises:
        ValueError: If it takes or makes another shape.
    """
    inputs = [tuple(x.shape[1:]) for x in network.inputs]
    fits = len(inputs) == len(taken) and all(map(_fits, taken, inputs))
    if not fits:
        raise ValueError(
            f"The {name} must take {', '.join(map(str, taken))}. Received: a network "
            f"that takes {', '.join(map(str, inputs))}. Build it for these shapes, or "
            "pass image_shape= and source_shape=."
        )
    if made is not None:
        check_one_output(name, network)
        _check_made(name, network, made, "image_shape= and source_shape=")


def _check_made(name, network, shape, arguments):
    """A network makes images of a shape."""
    made = tuple(_output(network).shape[1:])
    if _fits(shape, made):
        return
    remedy = f"Build it for this shape, or pass {arguments}."
    if keras.config.image_data_format() == "channels_first":
        remedy = (
            "Its layers follow keras.config.image_data_format(), which is "
            '"channels_first": pass data_format="channels_last" to each of them.'
        )
    raise ValueError(
        f"The {name} must make images of {tuple(shape)}. Received: a network that "
        f"makes {made}. {remedy}"
    )


def _check_condition(name, network, condition: Condition) -> None:
    """The inputs of a network besides the first are those of the condition."""
    wanted, others = condition.network_input, network.inputs[1:]
    if len(others) != (wanted is not None):
        what = "no condition" if wanted is None else f"`{condition.name}`"
        remedy = (
            "Pass condition=kerasgan.Labels(...) or another one, or use a CGAN, ACGAN, "
            "SNGAN or SAGAN."
            if wanted is None
            else "Give it a second input, or leave the condition out."
        )
        raise ValueError(
            f"The {name} must take {what} besides its first input. Received: a network "
            f"with {len(network.inputs)} input(s). {remedy}"
        )
    if wanted is None:
        return
    shape, kind = wanted
    taken, dtype = (
        tuple(others[0].shape[1:]),
        keras.backend.standardize_dtype(others[0].dtype),
    )
    if taken != shape or not dtype.startswith(kind):
        raise ValueError(
            f"The {name}'s second input must be `{condition.name}`: {kind} of shape "
            f"(N{''.join(f', {n}' for n in shape)},). Received: {dtype} of shape "
            f"{others[0].shape}. Build it with keras.Input({shape}, dtype=...)."
        )


def _fits(made, taken) -> bool:
    """Whether a network whose input has the shape `taken` can take data of `made`."""
    return len(made) == len(taken) and all(
        b in (None, a) for a, b in zip(made, taken, strict=True)
    )


def _output(network: keras.Model):
    """What a network returns; a Sequential that was never called has no `output`."""
    return getattr(network, "output", network.outputs[0])
