"""From a recipe to its model: built, and compiled phase by phase."""

import keras
from keras.optimizers import schedules

from kerasgan import registry
from kerasgan.presets import deferred, configs, weight_files
from kerasgan.errors import PresetConfigError
from kerasgan.presets.folders import LIMIT

OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "rmsprop": keras.optimizers.RMSprop,
    "sgd": keras.optimizers.SGD,
}


def build(recipe: dict):
    """The recipe's model, untrained.

    Raises:
        PresetConfigError: If it does not take the recipe's arguments.
    """
    cls = registry.lookup(recipe["model"]["name"])
    call = recipe["model"].get("arguments", {}) | {"dtype": recipe.get("dtype")}
    with deferred.judged(_check_size):
        return configs.build(cls, call | {"seed": recipe.get("seed", 0)}, "recipe")


def _check_size(network, layout):
    """Before there are weights: a preset could not hold more."""
    if (size := weight_files.data_size(layout)) > LIMIT:
        raise PresetConfigError(
            f"recipe: the {network}'s weights may take at most {LIMIT} bytes. "
            f"Received: arguments for {size}. Choose a smaller width or image."
        )


def compile_phase(model, phase: dict) -> None:
    """Compiles with a phase's optimizers, or the paper's, and its schedules."""
    optimizers = []
    for network in model.trained:
        spec = dict(phase.get("optimizers", {}).get(network, {}))
        if spec:
            optimizer = OPTIMIZERS[spec.pop("name")](**spec)
        else:
            optimizer = model.default_optimizer()
        if schedule := phase.get("schedules", {}).get(network):
            steps = max(1, model.updates_of(network, phase["updates"]))
            optimizer.learning_rate = _schedule(schedule, optimizer, steps)
        optimizers.append(optimizer)
    model.compile(*optimizers)


def _schedule(spec: dict, optimizer, steps: int):
    """From the optimizer's rate to `final` times it, over its own `steps` updates.

    A cosine may rise to the rate first, from 0 in a line, for a share of them.
    """
    rate, final = float(optimizer.learning_rate), spec.get("final", 0.0)
    if spec["name"] == "linear":
        return schedules.PolynomialDecay(rate, steps, end_learning_rate=rate * final)
    if not (warmup := min(round(spec.get("warmup", 0.0) * steps), steps - 1)):
        return schedules.CosineDecay(rate, steps, alpha=final)
    rise = {"warmup_target": rate, "warmup_steps": warmup}
    return schedules.CosineDecay(0.0, steps - warmup, alpha=final, **rise)
