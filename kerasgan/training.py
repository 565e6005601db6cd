"""Carries out a recipe: a trained preset folder, resumable at every epoch.

The folder that training fills holds `training/` (checkpoints, sample grids, logs) from
the start and becomes a complete preset at the end.
"""

import json
import math
import os
from pathlib import Path

import keras
from keras.optimizers import schedules

from kerasgan import checkpoints, data, documents, hardware, presets, recipes, registry
from kerasgan.callbacks import SampleGrid, StopAfter
from kerasgan.errors import PresetConfigError
from kerasgan.files import recovered, write_atomically

DEFAULT_EPOCHS = 50
OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "rmsprop": keras.optimizers.RMSprop,
    "sgd": keras.optimizers.SGD,
}


def train(
    recipe: dict,
    out: str | Path,
    *,
    resume: bool = False,
    overwrite: bool = False,
    epochs: int | None = None,
    data_dir: str | None = None,
    skip_unreadable: bool = False,
    tensorboard: bool = False,
    dtype: str | None = None,
    verbose="auto",
    callbacks=(),
):
    """Trains a GAN by a recipe and saves it as a preset.

    Args:
        recipe: From `recipes.load`, perhaps changed by `recipes.adapt`.
        out: The folder to fill.
        resume: Go on from the newest checkpoint in `out`, if there is one.
        overwrite: Start again although `out` holds a training or a preset.
        epochs: Passes over the data, instead of the recipe's `updates`; 50 where a
            recipe has none.
        data_dir: Where TensorFlow data sets lie.
        skip_unreadable: Skip files that are no readable image.
        tensorboard: Write logs to `out/training/logs`.
        dtype: Dtype policy, such as "mixed_bfloat16".
        verbose: As in `fit`.
        callbacks: More callbacks for `fit`.

    Returns:
        The trained GAN.

    Raises:
        FileExistsError: If `out` exists, without `resume` or `overwrite`, or lies in
            the folder of the images.
        ImportError: If `tensorboard` is asked for and not installed.
        PresetConfigError: If the recipe says something impossible, or differs from
            the one that the checkpoint was made with.
    """
    out = recovered(Path(os.path.abspath(out)))
    work = out / "training"
    _check_folder(out, work, resume, overwrite)
    _check_apart(out, recipe["data"].get("source", ""))
    logs = _logs(work) if tensorboard else []
    fields = {k: v for k, v in recipe["data"].items() if k != "held_out"}
    images = data.load(
        **fields,
        batch_size=max(phase["batch_size"] for phase in recipe["phases"]),
        data_dir=data_dir,
        skip_unreadable=skip_unreadable,
        seed=recipe.get("seed", 0),
    )
    recipe = _completed(recipe, images, epochs)
    state, path = _resumed(work, recipe, dtype, resume)
    keras.utils.set_random_seed(recipe["seed"])
    gan = build(recipe, dtype=dtype)
    total = sum(phase["updates"] for phase in recipe["phases"])
    if total < gan.discriminator_steps:
        raise PresetConfigError(
            f"A training needs at least {gan.discriminator_steps} updates of the "
            "discriminator, after which the generator makes its first. "
            f"Received: {total}. Pass more --epochs or a smaller --batch-size."
        )
    if path is None:
        checkpoints.remove(work)  # of an earlier training, overwritten
    work.mkdir(parents=True, exist_ok=True)
    shown = [SampleGrid(work / "samples"), *logs, *callbacks]
    end = 0
    for index, phase in enumerate(recipe["phases"]):
        end += phase["updates"]
        if index < state["phase"]:
            continue
        state["phase"] = index
        compile_phase(gan, phase)
        if path is not None:
            gan.load_weights(path)
            path = None
        keeper = checkpoints.Checkpoint(work, state)
        _fit(gan, images, phase, end, state, [keeper, *shown], verbose)
    presets.save(gan, out, recipe=recipe, overwrite=True)
    _write_results(out, state)
    checkpoints.remove(work)
    return gan


def build(recipe: dict, **kwargs):
    """The recipe's GAN, untrained.

    Raises:
        PresetConfigError: If the GAN does not take the recipe's arguments.
    """
    from kerasgan import models  # noqa: F401  (models register themselves)

    cls = registry.lookup(recipe["model"]["name"])
    call = recipe["model"].get("arguments", {}) | kwargs
    return presets.build(cls, call | {"seed": recipe.get("seed", 0)}, "recipe")


def compile_phase(gan, phase: dict) -> None:
    """Compiles with a phase's optimizers, or the paper's, and its schedules."""
    optimizers = []
    for network in ("discriminator", "generator"):
        spec = dict(phase.get("optimizers", {}).get(network, {}))
        if spec:
            optimizer = OPTIMIZERS[spec.pop("name")](**spec)
        else:
            optimizer = gan.default_optimizer()
        if schedule := phase.get("schedules", {}).get(network):
            every = gan.discriminator_steps if network == "generator" else 1
            steps = max(1, phase["updates"] // every)
            optimizer.learning_rate = _schedule(schedule, optimizer, steps)
        optimizers.append(optimizer)
    gan.compile(*optimizers)


def _schedule(spec: dict, optimizer, steps: int):
    """From the optimizer's rate to `final` times it, over its own `steps` updates."""
    rate, final = float(optimizer.learning_rate), spec.get("final", 0.0)
    if spec["name"] == "linear":
        return schedules.PolynomialDecay(rate, steps, end_learning_rate=rate * final)
    return schedules.CosineDecay(rate, steps, alpha=final)


def _fit(gan, images, phase, end, state, callbacks, verbose):
    """Trains until the GAN has made `end` discriminator updates."""
    images.batch_size, images.epoch = phase["batch_size"], state["epoch"]
    made = int(gan.step)
    rest = math.ceil((end - made) / images.num_batches)
    if rest > 0:
        gan.fit(
            images,
            initial_epoch=state["epoch"],
            epochs=state["epoch"] + rest,
            shuffle=False,
            verbose=verbose,
            callbacks=[StopAfter(end, made), *callbacks],
        )


def _logs(work):
    """TensorBoard's callback, if what it needs is there."""
    try:
        import tensorboard  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "Logs for TensorBoard need the package tensorboard. Received: none. "
            'Install it: pip install "kerasgan[tensorboard]".'
        ) from error
    return [keras.callbacks.TensorBoard(work / "logs")]


def _check_apart(out, source):
    """A training must not fill, or replace, the folder that its images lie in."""
    images = Path(os.path.abspath(Path(source).expanduser()))
    if source and images.is_dir() and out.is_relative_to(images):
        raise FileExistsError(
            f"{out} must not lie in {images}, where the images are. Choose another "
            "folder (--out)."
        )


def _check_folder(out, work, resume, overwrite):
    if resume and overwrite:
        raise ValueError(
            "Either resume a training or start it again. Received: both --resume and "
            "--overwrite."
        )
    if not out.exists() or overwrite or (out.is_dir() and not any(out.iterdir())):
        return
    unfinished = any(work.glob("ckpt-*"))
    if resume and (unfinished or (work.is_dir() and not _is_preset(out))):
        return
    what = "a finished preset" if _is_preset(out) else "other files"
    if resume and _is_preset(out):
        what += ", which has nothing to resume: more epochs need a training of its own"
    if unfinished:
        what = "an unfinished training; --resume goes on with it"
    raise FileExistsError(
        f"{out} must be a new folder. Received: one with {what}. Choose another "
        "(--out), or replace it (--overwrite)."
    )


def _is_preset(folder):
    return (folder / "config.json").exists()


def _completed(recipe, images, epochs):
    """The recipe with what only the data tell: the image shape, the updates."""
    arguments = recipe["model"].get("arguments", {})
    arguments = {"image_shape": list(images.image_shape)} | arguments
    if tuple(arguments["image_shape"]) != images.image_shape:
        raise PresetConfigError(
            f"The recipe's images must be {tuple(arguments['image_shape'])}. Received: "
            f"{images.image_shape}, from {images.name}. Pass --size, or other data."
        )
    recipe = recipes.adapt(recipe, arguments=arguments)
    missing = ["updates" not in phase for phase in recipe["phases"]]
    if any(missing) and not all(missing):
        raise PresetConfigError(
            "Either all phases of a recipe have `updates` or none. Received: some."
        )
    batches = len(images.images) // recipe["phases"][0]["batch_size"]
    if epochs is None and all(missing):
        epochs = DEFAULT_EPOCHS
    if epochs is not None:
        recipe = recipes.adapt(recipe, updates=epochs * batches)
    recipe.setdefault("seed", 0)
    return recipes.check(json.loads(documents.to_json(recipe)))


def _resumed(work, recipe, dtype, resume):
    """The state to start from, and the weights to load or None."""
    found = checkpoints.newest(work) if resume else None
    if found is None:
        fresh = {"phase": 0, "epoch": 0, "updates": 0, "seconds": 0.0, "history": []}
        machine = hardware.describe()
        return fresh | {"recipe": recipe, "dtype": dtype, "hardware": machine}, None
    state, path = found
    if (state["recipe"], state["dtype"]) != (recipe, dtype):
        raise PresetConfigError(
            f"{work} holds a checkpoint of another recipe or dtype. Resume with the "
            "same arguments, or train in a new folder."
        )
    return state, path


def _write_results(out, state):
    """What the training took, for `results.json`."""
    training = {
        "updates": state["updates"],
        "epochs": state["epoch"],
        "seconds": round(state["seconds"]),
        "hardware": state["hardware"],
        "history": state["history"][-1],
    }
    results = documents.to_json({"training": training})
    with write_atomically(out / "results.json") as file:
        file.write(results)
