"""Keras's contract for an adversarial model: `compile`, `fit`, `evaluate`."""

import functools
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from kerasgan import backend, checks
from kerasgan.core.datasets import checked_dataset, is_endless
from kerasgan.core.diverged import StopIfDiverged
from kerasgan.core.optimizers import AdversarialOptimizer
from kerasgan.core.seen import CheckSeen, refuse_weights
from kerasgan.data import ImageDataset
from kerasgan.errors import did_you_mean

Optimizer = keras.optimizers.Optimizer
Schedule = keras.optimizers.schedules.LearningRateSchedule


class Fitting:
    """What `keras.Model` does, for any number of players and optimizers."""

    @property
    def metrics(self) -> list:
        """The averages shown in the progress bar, in its order."""
        playing = {player.log_as for player in self.playing}
        idle = {player.log_as for player in self.players.values()} - playing
        shown = [t for name, t in self.trackers.items() if name not in idle]
        return [*shown, self.seen]

    @property
    def metrics_names(self) -> list[str]:
        """The names of what `evaluate` returns."""
        return [metric.name for metric in self.metrics if metric is not self.seen]

    def compile(
        self,
        optimizers: dict[str, Optimizer | str] | Optimizer | str | None = None,
        *,
        players: Sequence[str] | None = None,
        schedules: dict[str, Schedule] | None = None,
        run_eagerly: bool = False,
        jit_compile: bool | str = "auto",
        steps_per_execution: int = 1,
        **unknown: Any,
    ) -> None:
        """Configures a phase of training; by default, the first one.

        Args:
            optimizers: An optimizer, or its name, for each player; a player without one
                gets `default_optimizer`. One optimizer alone is copied for each player.
            players: Names of the players that train, in the order of their turns; by
                default, those of the first phase. Other networks stay as they are.
            schedules: `keras.optimizers.schedules` for weights of losses, by name. They
                count batches from now on.
            run_eagerly: Run Python step by step, to debug.
            jit_compile: Compile the step with XLA; "auto" does so if it pays.
            steps_per_execution: Batches in one call of the compiled step.
            **unknown: Not allowed; the error names the remedy.

        Raises:
            TypeError: If an argument is unknown, or is no optimizer or schedule.
            ValueError: If a player or weight is unknown, two players share an optimizer
                object, or the backend cannot do what is asked.
        """
        if unknown:
            raise TypeError(
                "`compile` takes optimizers, players, schedules, run_eagerly, "
                f"jit_compile and steps_per_execution. Received: {sorted(unknown)}. "
                "Losses are arguments of the constructor; optimizers are given by "
                'player: compile({"discriminator": ..., "generator": ...}).'
            )
        playing = self._players(players)
        schedules = self._schedules(schedules or {})
        parts = self._parts(optimizers, playing)
        options = {
            "jit_compile": jit_compile,
            "steps_per_execution": steps_per_execution,
        }
        _check_supported(**options)
        self.playing, self.schedules = playing, schedules
        self._compile_arguments = {
            "optimizers": parts,
            "players": [player.name for player in playing],
            "schedules": schedules,
            "run_eagerly": run_eagerly,
            **options,
        }
        if self.compute_dtype == "float16":
            parts = {name: _loss_scaled(part) for name, part in parts.items()}
        optimizer = AdversarialOptimizer(parts)
        optimizer.build_for({k: self.variables_of(self.players[k]) for k in parts})
        if jit_compile == "auto":
            jit_compile = backend.auto_jit_compile() and not run_eagerly
        super().compile(
            optimizer=optimizer,
            run_eagerly=run_eagerly,
            jit_compile=jit_compile,
            steps_per_execution=steps_per_execution,
            auto_scale_loss=False,
        )

    def _players(self, names) -> list:
        """The players of those names, whose networks must all be there."""
        names = self.phases[0] if names is None else names
        if isinstance(names, str) or not len(names) or len(set(names)) < len(names):
            raise ValueError(
                f"`players` must be a list of some of {', '.join(self.players)}, each "
                f"once. Received: players={names!r}. Leave it out for the first phase."
            )
        for name in names:
            checks.check_choice("players", name, list(self.players))
        playing = [self.players[name] for name in names]
        for player in playing:
            if player.shares not in (None, *names):
                raise ValueError(
                    f"`players` must include {player.shares!r}, whose optimizer "
                    f"{player.name!r} shares. Received: players={list(names)}."
                )
        if not self.trains:
            raise ValueError(
                f'This {type(self).__name__} has networks="sampler" and cannot train. '
                'Build or load it with networks="all".'
            )
        return playing

    def _schedules(self, given) -> dict:
        for name, schedule in given.items():
            if name not in self.scheduled_weights:
                known = ", ".join(self.scheduled_weights) or "nothing"
                raise ValueError(
                    f"{type(self).__name__} takes schedules for {known}. "
                    f"Received: schedules[{name!r}]. Leave it out. Learning rates "
                    "follow schedules of their optimizers."
                )
            if not isinstance(schedule, Schedule):
                raise TypeError(
                    f"schedules[{name!r}] must be one of keras.optimizers.schedules. "
                    f"Received: {schedule!r}."
                )
        return dict(given)

    def _parts(self, given, playing) -> dict:
        """An optimizer for each player that has one of its own."""
        owners = [player.name for player in playing if player.shares is None]
        if not isinstance(given, dict) or "class_name" in given:
            copies = {} if given is None else dict.fromkeys(owners, given)
            given = {k: _copied(_optimizer("optimizers", v)) for k, v in copies.items()}
        for name in given:
            checks.check_choice("player", name, owners)
        parts = {
            name: _optimizer(f"optimizers[{name!r}]", given[name])
            if given.get(name) is not None
            else self.default_optimizer(name)
            for name in owners
        }
        if len({id(part) for part in parts.values()}) < len(parts):
            raise ValueError(
                "Each player needs an optimizer object of its own, because it holds "
                "the state of the player's networks. Received: one object twice. "
                "Create two, or pass one optimizer alone, which is copied."
            )
        return parts

    def get_compile_config(self) -> dict:
        """The optimizers, players, schedules and options of `compile`."""
        if not self.compiled:
            return {}
        return keras.saving.serialize_keras_object(self._compile_arguments)

    def compile_from_config(self, config: dict) -> None:
        """Compiles as `get_compile_config` recorded, as far as this backend can."""
        config = keras.saving.deserialize_keras_object(dict(config))
        for name, default in (("jit_compile", "auto"), ("steps_per_execution", 1)):
            if name not in backend.SUPPORTS:
                config[name] = default
        self.compile(**config)

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: str | int = "auto",
        callbacks: Any = None,
        validation_data: Any = None,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Trains on data in [-1, 1] or uint8; arguments as in `keras.Model.fit`.

        Args:
            x: Data (N, ...), such as images (N, H, W, C), or a dataset of batches of
                data or (data, condition).
            y: Labels (N,) or another condition, if `x` is an array and the model takes
                one; for models from images to images, the targets.
            batch_size: Items in one update, if `x` is an array.
            epochs: Passes over the data.
            verbose: 0 for silence, 1 for a progress bar, 2 for one line per epoch.
            callbacks: Keras callbacks, or those of `kerasgan.callbacks`.
            validation_data: Data, (data, condition) or a dataset, to evaluate on.
            **kwargs: More of `keras.Model.fit`. `shuffle` is True for arrays; a
                dataset keeps its own order.

        Returns:
            The `History` of all losses and of what the family reports.

        Raises:
            ValueError: If the model is not compiled, or the data do not fit it.
            TypeError: If data or labels have a wrong dtype.
            TrainingDivergedError: After an epoch whose losses are not finite.
        """
        if not self.compiled:
            raise ValueError(
                "`fit` needs a compiled model. Call compile() first; without arguments "
                "it takes the default optimizers."
            )
        _refuse_weights(kwargs)
        if not hasattr(x, "shape"):
            kwargs.setdefault("shuffle", False)
        if batch_size is not None:
            checks.check_count("batch_size", batch_size)
        x, y = self._checked(x, y, batch_size, warn=True)
        _check_end("steps_per_epoch", x, kwargs)
        if validation_data is not None:
            pair = isinstance(validation_data, tuple) and len(validation_data) == 2
            pair = validation_data if pair else (validation_data, None)
            val_x, val_y = self._checked(*pair, None)
            _check_end("validation_steps", val_x, kwargs)
            validation_data = val_x if val_y is None else (val_x, val_y)
        if not isinstance(callbacks, keras.callbacks.CallbackList):
            callbacks = [CheckSeen(), StopIfDiverged(), *_listed(callbacks)]
        self._follow_freezing()
        with self.seen.explaining(), self.state_kept():
            return super().fit(
                x,
                y,
                batch_size=batch_size,
                epochs=epochs,
                verbose=verbose,
                callbacks=callbacks,
                validation_data=validation_data,
                **kwargs,
            )

    def evaluate(
        self, x: Any = None, y: Any = None, batch_size: int | None = None, **kwargs: Any
    ) -> Any:
        """The losses of the moving averages on data; nothing is updated.

        The random numbers are the same every time, so two evaluations compare.
        Arguments as in `fit` and `keras.Model.evaluate`.
        """
        if not self.compiled:
            raise ValueError(
                "`evaluate` needs a compiled model. Received: one that is not. Call "
                "compile() first."
            )
        _refuse_weights(kwargs)
        kept = [self.random.state]
        if kwargs.get("_use_cached_eval_dataset"):  # by `fit`
            kept += self.metrics_variables
        else:
            kept += [tracker.last for tracker in self.trackers.values()]
            x, y = self._checked(x, y, batch_size)
            _check_end("steps", x, kwargs)
        values = [np.array(ops.convert_to_numpy(variable)) for variable in kept]
        self.random.state.assign(np.zeros_like(values[0]))
        try:
            with self.seen.explaining(), self.state_kept():
                losses = super().evaluate(x, y, batch_size=batch_size, **kwargs)
                self.seen.check()
        finally:
            for variable, value in zip(kept, values, strict=True):
                variable.assign(value)
        return losses

    def train_on_batch(self, x: Any, y: Any = None, **kwargs: Any) -> Any:
        """One batch of training; arguments as in `fit` and `keras.Model`."""
        x, y = self._batch("train_on_batch", x, y, kwargs)
        self._follow_freezing()
        with self.state_kept():
            return super().train_on_batch(x, y, **kwargs)

    def test_on_batch(self, x: Any, y: Any = None, **kwargs: Any) -> Any:
        """The losses of one batch; arguments as in `evaluate` and `keras.Model`."""
        x, y = self._batch("test_on_batch", x, y, kwargs)
        with self.state_kept():
            return super().test_on_batch(x, y, **kwargs)

    def _batch(self, method, x, y, kwargs):
        """One batch as training takes it."""
        if not self.compiled:
            raise ValueError(
                f"`{method}` needs a compiled model. Received: one that is not. Call "
                "compile() first."
            )
        _refuse_weights(kwargs)
        if not hasattr(x, "shape"):
            raise TypeError(
                f"`{method}` takes an array of one batch. Received: "
                f"{type(x).__name__}. Call `fit` for datasets."
            )
        y = None if y is None else ops.convert_to_numpy(y)
        return self._checked(ops.convert_to_numpy(x), y, None)

    def _follow_freezing(self):
        """Compiles the step anew if layers were frozen since the last one."""
        for name, part in self.optimizer.parts.items():
            known = getattr(part, "inner_optimizer", part)._trainable_variables
            wanted = {id(v) for v in self.variables_of(self.players[name])}
            if wanted - {id(v) for v in known}:
                raise ValueError(
                    f"The optimizer of {name!r} has no state for layers that were "
                    "frozen when `compile` was called, and are not now. Call compile() "
                    "again."
                )
        weights = [w for network in self.networks.values() for w in network.weights]
        frozen = [weight.trainable for weight in weights]
        if frozen != getattr(self, "_frozen", frozen):
            self.train_function = self.test_function = None
        self._frozen = frozen

    # What a family checks of its data.

    def check_inputs(self, x: Any) -> np.ndarray:
        """Data (N, ...) as training takes them, or an error that helps."""
        return checks.check_data(x)

    def check_batch(self, size: int) -> None:
        """Refuses a batch size that the family cannot train with."""

    def check_targets(self, y: Any, count: int, warn: bool = False) -> Any:
        """What belongs to `count` items, such as their labels; None for nothing."""
        return self.condition.check_data(y, count, type(self).__name__, warn)

    def learn_targets(self, y: Any, names: Sequence[str] | None = None) -> None:
        """Called with all targets of a training set, if they are known at once."""
        self.condition.learn(y, names)

    def _checked(self, x, y, batch_size, warn=False):
        """Data as training takes them; for a dataset, its first batch is checked."""
        if hasattr(x, "shape"):
            x = self.check_inputs(x)
            if batch_size is not None and batch_size > len(x):
                raise ValueError(
                    "`batch_size` must not exceed the data. "
                    f"Received: batch_size={batch_size}, {len(x)} items. Pass a "
                    "smaller batch_size, or more data."
                )
            self.check_batch(min(batch_size or 32, len(x)))
            y = self.check_targets(y, len(x), warn)
            if warn and y is not None:
                self.learn_targets(y)
            return x, y
        first = functools.partial(self._check_first, x, warn)
        return checked_dataset(x, first), y

    def _check_first(self, dataset, warn, batch):
        """Checks the first batch of a dataset, and learns what else it tells."""
        if len(batch) > 2:
            refuse_weights("batches of three parts")
        known = dataset if isinstance(dataset, ImageDataset) else None
        names = known.class_names if known and len(batch) > 1 else None
        self.condition.check_names(names)
        items, *targets = [ops.convert_to_numpy(part) for part in batch]
        if self.data_shape and items.ndim == len(self.data_shape):
            raise ValueError(
                f"Expected a dataset of batches (N, ...) of items {self.data_shape}. "
                f"Received: items of shape {items.shape}, not in batches. Group them, "
                "such as by `dataset.batch(64)`."
            )
        items = self.check_inputs(items)
        self.check_batch(len(items))
        targets = targets[0] if targets else None
        self.check_targets(targets, len(items), warn)
        if warn and known and getattr(known, "captions", None) is not None:
            self.learn_targets(known.captions)
        if targets is not None and known and known.labels is not None:
            whole = self.check_targets(known.labels, len(known.labels), warn)
            if warn and whole is not None:
                self.learn_targets(whole, names)


def _listed(callbacks) -> list:
    if isinstance(callbacks, keras.callbacks.Callback):
        return [callbacks]
    return list(callbacks or ())


def _optimizer(name, given) -> Optimizer:
    if not isinstance(given, str | dict | Optimizer):
        raise TypeError(
            f"`{name}` must be a keras.optimizers.Optimizer or the name of one. "
            f"Received: {given!r}."
        )
    try:
        return keras.optimizers.get(given)
    except ValueError as error:
        known = [x.lower() for x in dir(keras.optimizers) if x[0].isupper()]
        near = did_you_mean(str(given).lower(), known)
        raise ValueError(
            f"`{name}` must name an optimizer of Keras, such as 'adam'. Received: "
            f"{given!r:.80}.{near}"
        ) from error


def _copied(optimizer: Optimizer) -> Optimizer:
    return type(optimizer).from_config(optimizer.get_config())


def _check_end(option, data, kwargs) -> None:
    if kwargs.get(option) is None and is_endless(data):
        raise ValueError(
            f"A dataset without an end needs `{option}`. Received: such a "
            f"{type(data).__name__}. Pass {option}=, or leave out repeat()."
        )


def _refuse_weights(kwargs) -> None:
    for name in ("sample_weight", "class_weight"):
        if kwargs.get(name) is not None:
            refuse_weights(f"`{name}`")


def _loss_scaled(optimizer):
    scaled = keras.optimizers.LossScaleOptimizer
    return optimizer if isinstance(optimizer, scaled) else scaled(optimizer)


def _check_supported(jit_compile, steps_per_execution) -> None:
    checks.check_count("steps_per_execution", steps_per_execution)
    name = keras.backend.backend()
    if jit_compile is True and "jit_compile" not in backend.SUPPORTS:
        raise ValueError(
            f"`jit_compile=True` is not available on {name}, because torch.compile "
            "fails on Keras's variables. Leave it at 'auto', or train on tensorflow "
            "or jax."
        )
    if steps_per_execution != 1 and "steps_per_execution" not in backend.SUPPORTS:
        raise ValueError(
            f"`steps_per_execution` must be 1 on {name}, whose training step is not "
            f"compiled. Received: {steps_per_execution}."
        )
