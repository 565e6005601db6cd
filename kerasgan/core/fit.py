"""Keras's contract for a GAN: `compile`, `fit`, `evaluate`, and what is saved."""

import types
import warnings

import keras
import numpy as np
from keras import ops

from kerasgan import backend, checks
from kerasgan.core.optimizers import AdversarialOptimizer


class Fitting:
    """What `keras.Model` does, for two networks and two optimizers."""

    @property
    def metrics(self) -> list:
        """The averages shown in the progress bar, in its order."""
        return list(self.trackers.values())

    def compile(
        self,
        d_optimizer=None,
        g_optimizer=None,
        run_eagerly: bool = False,
        jit_compile: bool | str = "auto",
        steps_per_execution: int = 1,
        **unknown,
    ) -> None:
        """Readies the GAN for `fit`; without arguments, with the paper's optimizers.

        Args:
            d_optimizer: The discriminator's `keras.optimizers.Optimizer`, or a name.
            g_optimizer: The generator's, another instance.
            run_eagerly: Run Python step by step, to debug.
            jit_compile: Compile the step by XLA; "auto" does where it pays.
            steps_per_execution: Batches in one call of the compiled step.
            **unknown: Nothing; Keras's other arguments get an error with the remedy.

        Raises:
            TypeError: If an argument is not one of a GAN's, or an optimizer is none.
            ValueError: If both optimizers are one object, or the backend cannot do
                what is asked.
        """
        if unknown:
            raise TypeError(
                "`compile` of a GAN takes d_optimizer, g_optimizer, run_eagerly, "
                f"jit_compile and steps_per_execution. Received: {sorted(unknown)}. "
                "Losses are the GAN's own; each network has its optimizer."
            )
        if self.discriminator is None:
            raise ValueError(
                'This GAN was loaded with networks="sampler" and has no discriminator '
                "to train. Load it with from_preset(..., networks='all')."
            )
        d_optimizer = self._optimizer("d_optimizer", d_optimizer)
        g_optimizer = self._optimizer("g_optimizer", g_optimizer)
        if d_optimizer is g_optimizer:
            raise ValueError(
                "`d_optimizer` and `g_optimizer` must be two objects: each holds the "
                "state of one network. Received: the same optimizer twice."
            )
        asked = {"jit_compile": jit_compile, "steps_per_execution": steps_per_execution}
        _check_supported(**asked)
        self._compile_arguments = {
            "d_optimizer": d_optimizer,
            "g_optimizer": g_optimizer,
            "run_eagerly": run_eagerly,
            **asked,
        }
        if self.compute_dtype == "float16":
            d_optimizer, g_optimizer = map(_loss_scaled, (d_optimizer, g_optimizer))
        pair = AdversarialOptimizer(d_optimizer, g_optimizer)
        pair.build_for(
            self.discriminator.trainable_variables, self.generator.trainable_variables
        )
        if jit_compile == "auto":
            jit_compile = backend.auto_jit_compile() and not run_eagerly
        super().compile(
            optimizer=pair,
            run_eagerly=run_eagerly,
            jit_compile=jit_compile,
            steps_per_execution=steps_per_execution,
            auto_scale_loss=False,
        )

    def _optimizer(self, name, given):
        if given is None:
            return self.default_optimizer()
        if not isinstance(given, str | dict | keras.optimizers.Optimizer):
            raise TypeError(
                f"`{name}` must be a keras.optimizers.Optimizer or the name of one. "
                f"Received: {given!r}."
            )
        return keras.optimizers.get(given)

    def get_compile_config(self) -> dict:
        """Both optimizers and the options of `compile`."""
        if not self.compiled:
            return {}
        config = dict(self._compile_arguments)
        for name in ("d_optimizer", "g_optimizer"):
            config[name] = keras.optimizers.serialize(config[name])
        return config

    def compile_from_config(self, config: dict) -> None:
        """Compiles as `get_compile_config` recorded, where this backend can."""
        config = dict(config)
        for name in ("d_optimizer", "g_optimizer"):
            config[name] = keras.optimizers.deserialize(config[name])
        for name, default in (("jit_compile", "auto"), ("steps_per_execution", 1)):
            if name not in backend.SUPPORTS:
                config[name] = default
        self.compile(**config)

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        validation_data=None,
        **kwargs,
    ):
        """Trains on images in [-1, 1] or uint8; arguments as `keras.Model.fit`.

        Args:
            x: Images (N, H, W, C), or a dataset of batches of images or
                (images, labels).
            y: Labels (N,) where `x` is an array and the GAN is conditional.
            batch_size: Images in one discriminator update, where `x` is an array.
            epochs: Passes over the data.
            verbose: 0 for silence, 1 for a progress bar, 2 for a line an epoch.
            callbacks: Keras callbacks, or those of `kerasgan.callbacks`.
            validation_data: Images, (images, labels) or a dataset, to evaluate on.
            **kwargs: More of `keras.Model.fit`. `shuffle` is True for arrays; a
                dataset keeps its own order.

        Returns:
            The `History` of d_loss, g_loss and what the family reports.

        Raises:
            ValueError: If the GAN is not compiled, or the data do not fit it.
            TypeError: If images or labels are of a wrong dtype.
            TrainingDivergedError: After an epoch whose losses are not finite.
        """
        if not self.compiled:
            raise ValueError(
                "`fit` needs a compiled GAN. Call compile() first; without arguments "
                "it takes the paper's optimizers."
            )
        _refuse_weights(kwargs)
        if not hasattr(x, "shape"):
            kwargs.setdefault("shuffle", False)
        if batch_size is not None:
            checks.check_count("batch_size", batch_size)
        x, y = self._checked(x, y, batch_size, warn=True)
        if validation_data is not None:
            pair = isinstance(validation_data, tuple) and len(validation_data) == 2
            pair = validation_data if pair else (validation_data, None)
            val_x, val_y = self._checked(*pair, None)
            validation_data = val_x if val_y is None else (val_x, val_y)
        if not isinstance(callbacks, keras.callbacks.CallbackList):
            callbacks = [_Finite(), *_listed(callbacks)]
            for index, callback in enumerate(callbacks):
                if hasattr(callback, "stands_after"):
                    callback.stands_after(callbacks[:index])
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

    def evaluate(self, x=None, y=None, batch_size=None, **kwargs):
        """The losses of the moving average on data; nothing is updated.

        The same latents every time, so that two evaluations compare. Arguments as in
        `fit` and `keras.Model.evaluate`.
        """
        if not self.compiled:
            raise ValueError(
                "`evaluate` needs a compiled GAN. Received: one that is not. Call "
                "compile() first."
            )
        _refuse_weights(kwargs)
        if not kwargs.get("_use_cached_eval_dataset"):
            x, y = self._checked(x, y, batch_size)
        state = np.array(ops.convert_to_numpy(self.random.state))
        self.random.state.assign(np.zeros_like(state))
        try:
            return super().evaluate(x, y, batch_size=batch_size, **kwargs)
        finally:
            self.random.state.assign(state)

    def _checked(self, x, y, batch_size, warn=False):
        """Data as training takes them; of a dataset the first batch is looked at."""
        if hasattr(x, "shape"):
            x = checks.check_images(x, self.image_shape, "x")
            if batch_size is not None and batch_size > len(x):
                raise ValueError(
                    "`batch_size` must not exceed the data. "
                    f"Received: batch_size={batch_size}, {len(x)} images."
                )
            return x, self._checked_labels(y, len(x), warn)
        if isinstance(x, str | list | tuple | dict) or not (
            hasattr(x, "__iter__") or hasattr(x, "num_batches")
        ):
            raise TypeError(
                "Expected an array of images (N, H, W, C), a Keras PyDataset, a "
                "tf.data.Dataset, a torch DataLoader or a generator. "
                f"Received: {type(x).__name__}. See kerasgan.data.load."
            )
        batch, x = first_batch(x)
        batch = batch if isinstance(batch, list | tuple) else (batch,)
        if len(batch) > 1:
            self._check_classes(getattr(x, "class_names", None))
        images = ops.convert_to_numpy(batch[0])
        checks.check_images(images, self.image_shape, "x")
        labels = ops.convert_to_numpy(batch[1]) if len(batch) > 1 else None
        self._checked_labels(labels, len(images), warn)
        if labels is not None and getattr(x, "labels", None) is not None:
            self._checked_labels(x.labels, len(x.labels), warn)  # all that it has
        return x, y

    def _check_classes(self, names):
        """Data that name their classes must have as many as the GAN."""
        if self.num_classes and names and len(names) != self.num_classes:
            raise ValueError(
                "`num_classes` must be that of the data. Received: num_classes="
                f"{self.num_classes}, and data of {len(names)} classes "
                f"({', '.join(map(str, names[:5]))}{', ...' * (len(names) > 5)}). "
                f"Build the GAN with num_classes={len(names)}."
            )

    def _checked_labels(self, labels, count, warn=False):
        if self.num_classes is None:
            if warn and labels is not None:
                warnings.warn(
                    f"{type(self).__name__} is unconditional: labels are ignored.",
                    stacklevel=4,
                )
            return None
        if labels is None:
            raise ValueError(
                f"A GAN with num_classes={self.num_classes} needs labels. "
                "Received: images alone. Pass y, or load the data with labels=True."
            )
        labels = checks.check_labels(labels, count, self.num_classes)
        if warn and count >= 10 * self.num_classes and len(labels):
            self._warn_of_absent(labels)
        return labels

    def _warn_of_absent(self, labels):
        """Classes that the data lack are never learned."""
        absent = sorted(set(range(self.num_classes)) - set(np.unique(labels).tolist()))
        if absent:
            warnings.warn(
                f"num_classes={self.num_classes}, but the data have no image of class "
                f"{', '.join(map(str, absent[:5]))}{', ...' * (len(absent) > 5)}: what "
                "the GAN draws of it means nothing. Build it with the data's classes.",
                stacklevel=5,
            )


class _Finite(keras.callbacks.Callback):
    """Stops a training that diverged."""

    def on_epoch_end(self, epoch, logs=None):
        checks.check_finite_logs(logs or {}, epoch)


def _listed(callbacks) -> list:
    if isinstance(callbacks, keras.callbacks.Callback):
        return [callbacks]
    return list(callbacks or ())


def _refuse_weights(kwargs) -> None:
    for name in ("sample_weight", "class_weight"):
        if kwargs.get(name) is not None:
            raise ValueError(
                f"A GAN weighs all images alike. Received: `{name}`. Leave it out, or "
                "repeat the images that should count more."
            )


def _loss_scaled(optimizer):
    scaled = keras.optimizers.LossScaleOptimizer
    return optimizer if isinstance(optimizer, scaled) else scaled(optimizer)


def _check_supported(jit_compile, steps_per_execution) -> None:
    checks.check_count("steps_per_execution", steps_per_execution)
    name = keras.backend.backend()
    if jit_compile is True and "jit_compile" not in backend.SUPPORTS:
        raise ValueError(
            f"`jit_compile=True` is not available on {name}: torch.compile breaks at "
            "Keras's variables. Leave it at 'auto', or train on tensorflow or jax."
        )
    if steps_per_execution != 1 and "steps_per_execution" not in backend.SUPPORTS:
        raise ValueError(
            f"`steps_per_execution` must be 1 on {name}, whose training step is not "
            f"compiled. Received: {steps_per_execution}."
        )
    if (count := backend.replica_count()) > 1:
        raise ValueError(
            "Training on several devices is not built yet. Received: a tf.distribute "
            f"strategy with {count} replicas. Train on one device."
        )


def first_batch(data):
    """The first batch of a dataset, and a dataset that still holds it.

    Args:
        data: A `PyDataset`, `tf.data.Dataset`, torch `DataLoader` or generator.

    Returns:
        The batch, as the dataset gives it, and the dataset (a new generator where a
        generator had to be asked).

    Raises:
        ValueError: If it gives no batch.
    """
    if hasattr(data, "num_batches") and hasattr(data, "__getitem__"):
        if data.num_batches == 0:
            raise ValueError("The dataset holds no batch. Use a smaller batch size.")
        return data[0], data
    iterator = iter(data)
    try:
        batch = next(iterator)
    except StopIteration:
        raise ValueError(
            "The dataset holds no batch. Received: "
            f"{type(data).__name__}. A batch larger than the data gives none."
        ) from None
    if isinstance(data, types.GeneratorType):
        return batch, _chained(batch, data)
    return batch, data


def _chained(first, rest):
    yield first
    yield from rest
