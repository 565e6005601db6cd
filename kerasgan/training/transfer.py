"""Starts a training from the weights of a preset, on other images."""

from typing import Any

from kerasgan.checks import check_count
from kerasgan.errors import RecipeError
from kerasgan.presets.load import from_preset


def transfer(model: Any, preset: str) -> list[str]:
    """Fills a model with the weights of a preset, as far as they fit.

    Weights whose shape depends on the number of classes or channels may differ. They
    keep their new values.

    Args:
        model: A new model of the preset's family.
        preset: A bundled name, a folder or an address on the Hub.

    Returns:
        The layers that keep new weights, such as "generator: embedding".

    Raises:
        RecipeError: If the preset is of another family, or its networks have other
            layers.
    """
    source = from_preset(preset)
    if type(source) is not type(model):
        raise RecipeError(
            f"--from must be a preset of {type(model).__name__}. Received: {preset}, a "
            f"{type(source).__name__}. Train that family, or take another preset."
        )
    new = []
    for name in model.stored:
        network, own = model.networks[name], source.stored_network(name)
        pairs = list(zip(network.weights, own.weights, strict=False))
        fits = [weight.shape == old.shape for weight, old in pairs]
        if len(network.weights) != len(own.weights) or not any(fits):
            raise RecipeError(
                "--from must be a preset whose networks have the layers of this "
                f"model. Received: {preset}, whose {name} differs: "
                f"{_differences(source, model)}. Pass the same (--size, --set)."
            )
        for (weight, old), fit in zip(pairs, fits, strict=True):
            if fit:
                weight.assign(old.value)
        missed = [w for (w, _), fit in zip(pairs, fits, strict=True) if not fit]
        layers = dict.fromkeys(weight.path.rpartition("/")[0] for weight in missed)
        new += [f"{name}: {layer}" for layer in layers]
        if (average := model.averages.get(name)) is not None:
            average.set_weights(network.get_weights())
    model.origin = source.origin
    return new


def _differences(source, model) -> str:
    """The constructor arguments that two models have differently."""
    arguments = {k: v for k, v in source.arguments.items() if v is not None}
    changed = [
        f"its {name} is {value!r}, here {model.arguments.get(name)!r}"
        for name, value in arguments.items()
        if name not in ("seed", "dtype") and model.arguments.get(name) != value
    ]
    return ", ".join(changed) or "the same"


def freeze(model: Any, layers: int) -> None:
    """Freezes the first layers of the discriminator that have weights.

    FreezeD (Mo et al. 2020, https://arxiv.org/abs/2002.10964) does this with a
    discriminator, to fine-tune a GAN on few images.

    Args:
        model: A model with a `discriminator`.
        layers: How many, from its input; fewer than it has.

    Raises:
        RecipeError: If it has no more than that, or the model has no discriminator of
            that name.
    """
    check_count("freeze_layers", layers, least=0)
    network = model.networks.get("discriminator")
    if network is None:
        raise RecipeError(
            "`freeze_layers` needs a model with one discriminator. Received: a "
            f"{type(model).__name__}. Leave it out (--freeze-layers)."
        )
    weighty = [layer for layer in network.layers if layer.trainable_weights]
    if layers and layers >= len(weighty):
        raise RecipeError(
            f"`freeze_layers` must be less than the {len(weighty)} layers of the "
            f"{network.name}. Received: freeze_layers={layers}. Freeze fewer "
            "(--freeze-layers)."
        )
    for layer in weighty[:layers]:
        layer.trainable = False
