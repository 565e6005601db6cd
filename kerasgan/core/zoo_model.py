"""What presets and trainings need of a model, whatever it does."""

import contextlib
import inspect
import json
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
from keras import ops
from keras.src.backend.common.stateless_scope import in_stateless_scope

from kerasgan import backend, checks
from kerasgan.core.arguments import check_known, defaults_of
from kerasgan.files import write_atomically
from kerasgan.presets import load, save, share, weights


class ZooModel:
    """A `keras.Model` that presets store and recipes train; first among the bases.

    The arguments of its constructor are its config. Family classes override the methods
    of the first section.

    Attributes:
        stored: Names of the networks that a preset stores, one file each.
        sampled: Names of the networks that using the model needs.
        phases: Names of the players that train together, for each phase.
        examined: The metric that labeled held-out images are measured by after a
            training, by the model's `classify`; None for no such metric.
        captioned: Whether `fit` takes captions of the images.
        learns_from: What `fit` takes: "images", perhaps with labels; "pairs" of source
            and target images; or "unpaired" batches of both.
        batch_size: Images per update of a recipe that does not name it.
        fixed: Arguments of a base class that a family decides itself.
        takes_networks: Whether the constructor takes networks by the names in `stored`.
        arguments: The constructor's arguments, defaults of all bases included.
        lock: Held while values of variables move, by threads that use the model.
        samples: `samples.png` of the preset it was loaded from, if it cannot draw it.
    """

    stored: tuple[str, ...]
    sampled: tuple[str, ...]
    phases: tuple[tuple[str, ...], ...]
    scheduled_weights: tuple[str, ...] = ()
    examined: str | None = None
    captioned: bool = False
    learns_from: Literal["images", "pairs", "unpaired"] = "images"
    batch_size: int = 64
    fixed: tuple[str, ...] = ()
    takes_networks = False

    def __new__(cls, *args, **kwargs):
        """Captures the arguments, which Keras forgets for `Model` subclasses."""
        model = super().__new__(cls)
        signature = inspect.signature(cls.__init__)
        more = cls.stored if cls.takes_networks else ()
        check_known(cls, "__init__", kwargs, more)
        try:
            bound = signature.bind(model, *args, **kwargs)
        except TypeError as error:
            raise TypeError(
                f"{cls.__name__} takes arguments by name. Received: {len(args)} "
                f"without a name ({error}). Write {cls.__name__}(image_shape=...)."
            ) from error
        bound.apply_defaults()
        arguments = {}
        for name, value in list(bound.arguments.items())[1:]:
            rest = signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD
            arguments |= value if rest else {name: value}
        # A default that changes later must not change an old preset.
        arguments = defaults_of(cls) | arguments
        arguments = {k: checks.plain(v) for k, v in arguments.items()}
        objects = (*checks.OBJECTS, *more)
        absent = [k for k in objects if arguments.get(k) is None]
        arguments = {k: v for k, v in arguments.items() if k not in absent}
        object.__setattr__(model, "arguments", arguments)
        object.__setattr__(model, "_origin", {})
        object.__setattr__(model, "samples", None)
        object.__setattr__(model, "lock", threading.RLock())
        object.__setattr__(model, "_calls", {})
        return model

    def get_config(self) -> dict:
        """The constructor's arguments, objects serialized by Keras, and facts."""
        arguments = {**self.arguments, "dtype": self.dtype_policy.name}
        config = {
            name: keras.saving.serialize_keras_object(value)
            for name, value in arguments.items()
        }
        return config | {"facts": json.dumps(self.facts())}

    @classmethod
    def from_config(cls, config: dict) -> Any:
        """The model that `get_config` describes."""
        config = dict(config)
        facts = json.loads(config.pop("facts", "{}"))
        read = keras.saving.deserialize_keras_object
        objects = {k: read(v) for k, v in config.items() if isinstance(v, dict)}
        model = cls(**{**config, **objects})
        model.restore_facts(facts)
        return model

    def facts(self) -> dict:
        """What a copy of this model needs besides arguments and variables, as JSON."""
        return {"origin": self.origin, "described": self.describe()}

    def restore_facts(self, facts: dict) -> None:
        """Takes back what `facts` gave, perhaps a part of it."""
        self.origin = facts.get("origin", {})
        self.restore(facts.get("described", {}))

    @property
    def origin(self) -> dict:
        """Name, metadata and recipe of the preset it was loaded from, or empty."""
        return self._origin

    @origin.setter
    def origin(self, origin: dict) -> None:
        # Keras wraps the attributes of models; this is plain data again.
        object.__setattr__(self, "_origin", json.loads(json.dumps(origin)))

    @property
    def updates(self) -> int:
        """How many batches the model has been trained on."""
        return int(ops.convert_to_numpy(self.step))

    # What a kind of model defines.

    def stored_network(self, name: str) -> keras.Model | None:
        """The network whose weights a preset stores under a name of `stored`."""
        return getattr(self, name)

    def prepare_to_save(self) -> None:
        """Called before a preset is written."""

    def finish_loading(self) -> None:
        """Called when all weights of a preset are in place."""

    def updates_of(self, player: str, updates: int) -> int:
        """How many turns a player has in so many batches."""
        return updates

    def describe(self) -> dict:
        """Facts for `metadata.json` that only this kind of model has."""
        return {}

    def restore(self, metadata: dict) -> None:
        """Takes back the facts of a preset's `metadata.json`."""

    @property
    def draws_picture(self) -> bool:
        """Whether `picture` needs nothing but the weights."""
        return False

    def picture(self) -> np.ndarray | None:
        """What `samples.png` shows, uint8 (H, W, C); None for no picture."""
        return None

    def classify(self, images: Any) -> np.ndarray:
        """The class or category (N,) of images (N, H, W, C), for `examined`."""
        raise NotImplementedError(f"{type(self).__name__} has no `classify`.")

    def default_optimizer(self, player: str) -> keras.optimizers.Optimizer:
        """The default optimizer of a player; a new one with each call."""
        raise NotImplementedError(
            f"{type(self).__name__} has no `default_optimizer`. "
            "Define it, or pass optimizers to `compile`."
        )

    # Use.

    def infer(self, name: str, inputs: Sequence[np.ndarray]) -> Any:
        """The outputs of a stored network in inference mode, as arrays.

        Several threads may call it. For an adversarial model, one of them may also
        train it.

        Args:
            name: A name of `stored`.
            inputs: An array (N, ...) for each input.
        """
        with self.lock:
            if name not in self._calls:
                self._calls[name] = backend.NetworkCall(self.stored_network(name))
        return self._calls[name](self, inputs)

    def export(
        self,
        filepath: str | Path,
        format: str | None = None,
        *,
        network: str | None = None,
        **options: Any,
    ) -> None:
        """Exports a network for use without Keras and kerasgan; see `keras.Model`.

        Images go in and come out as float32 in [-1, 1]. Sides that are free stay so on
        TensorFlow; on other backends, they become those of the training's images.

        Args:
            filepath: The folder or file to write.
            format: A format of `keras.Model.export`, such as "onnx"; by default,
                "tf_saved_model", or "torch" (a file that ends in .pt2) on PyTorch.
            network: A name of `stored`; by default, the network that `generate` uses.
            **options: More of `keras.Model.export`.

        Raises:
            ValueError: If there is no such network or format.
        """
        present = [n for n in self.stored if self.stored_network(n) is not None]
        name = network or self.sampled[0]
        checks.check_choice("network", name, present)
        on = keras.backend.backend()
        format = format or ("torch" if on == "torch" else "tf_saved_model")
        if on != "tensorflow":  # which alone exports free sides
            options.setdefault("input_signature", self.signature_of(name))
        self.stored_network(name).export(filepath, format, **options)

    def signature_of(self, name: str) -> list[keras.layers.InputSpec] | None:
        """What a network takes in training; None if its inputs say so themselves."""
        return None

    # Presets.

    @classmethod
    def from_preset(
        cls,
        preset: str | Path,
        *,
        load_weights: bool = True,
        networks: str = "all",
        dtype: str | None = None,
        revision: str | None = None,
        token: str | bool | None = None,
        cache_dir: str | Path | None = None,
        local_files_only: bool = False,
        force_download: bool = False,
        **overrides: Any,
    ) -> Any:
        """Like `kerasgan.from_preset`, for presets of this class or a subclass.

        Args:
            preset: As in `kerasgan.from_preset`, like all other arguments.
            load_weights: Whether to load the weights; False keeps random ones.
            networks: "all", or "sampler" for the networks that using the model needs.
            dtype: Dtype policy of the networks, such as "mixed_bfloat16".
            revision: For the Hub: a branch, tag or commit.
            token: For the Hub: an access token, or False for none.
            cache_dir: For the Hub: the folder of the cache.
            local_files_only: For the Hub: use the cache, and no network.
            force_download: For the Hub: download cached files again.
            **overrides: Constructor arguments to replace.

        Raises:
            PresetError: If it is no such preset, or one of another class.
            RecipeError: If its recipe is invalid.
            HubError: If the Hub does not deliver it.
        """
        return load.from_preset(
            preset,
            expected=cls,
            load_weights=load_weights,
            networks=networks,
            dtype=dtype,
            revision=revision,
            token=token,
            cache_dir=cache_dir,
            local_files_only=local_files_only,
            force_download=force_download,
            **overrides,
        )

    def save_to_preset(
        self,
        folder: str | Path,
        *,
        overwrite: bool = False,
        license: str | None = None,
    ) -> None:
        """Writes this model as a preset folder, completely or not at all.

        If the weights have changed, saving first refreshes the batch statistics of
        moving averages, so images differ slightly from those generated before.

        Args:
            folder: The folder to write.
            overwrite: Whether to replace a preset that exists there.
            license: The license of the weights, as the Hub names it, such as
                "apache-2.0".

        Raises:
            FileExistsError: If the folder exists and `overwrite` is False.
            ValueError: If the class is not registered, a network is missing, or the
                model holds networks or other objects of the user's.
        """
        save.save(self, folder, overwrite=overwrite, license=license)

    def push_to_hub(
        self, repo_id: str, *, license: str | None = None, **options: Any
    ) -> str:
        """Uploads this model as a preset to the Hugging Face Hub, in one commit.

        Args:
            repo_id: "owner/name"; created if missing.
            license: The license of the weights, as the Hub names it.
            **options: `private`, `token`, `commit_message`, `revision`, `create_pr` of
                `kerasgan.upload_preset`.

        Returns:
            The page of the commit or of the pull request.

        Raises:
            HubError: If the Hub does not accept it.
        """
        return share.push_model(self, repo_id, license=license, **options)

    # Keras's own files. HDF5 kills the process if a disk fills while it writes.

    def save_weights(self, filepath: str | Path, overwrite: bool = True) -> None:
        """Writes a `.weights.h5` file, completely or not at all; see `keras.Model`."""
        path = Path(filepath)
        if not path.name.endswith(".weights.h5"):
            raise ValueError(
                f"`filepath` must end in .weights.h5. Received: {filepath}."
            )
        _check_new(path, overwrite)
        with write_atomically(path) as file:
            file.write(weights.to_bytes(self))

    def save(self, filepath: str | Path, overwrite: bool = True, **kwargs: Any) -> None:
        """Writes a `.keras` file, completely or not at all; see `keras.Model`."""
        path = Path(filepath)
        if path.suffix != ".keras":
            raise ValueError(f"`filepath` must end in .keras. Received: {filepath}.")
        _check_new(path, overwrite)
        with tempfile.TemporaryDirectory() as folder:
            whole = Path(folder) / path.name
            super().save(whole, **kwargs)
            with write_atomically(path) as file:
                file.write(whole.read_bytes())

    # What a resumed training needs besides weights and optimizers.

    def own_states(self) -> list:
        """Step, seeds and the like: the variables that Keras does not save."""
        known = [v for layer in self.layers for v in layer.weights]
        known = {id(v) for v in (*known, *self.metrics_variables)}
        return [v for v in self.non_trainable_variables if id(v) not in known]

    def save_own_variables(self, store: Any) -> None:
        """Keras's hook: writes `own_states`."""
        for index, state in enumerate(self.own_states()):
            store[str(index)] = ops.convert_to_numpy(state)

    def load_own_variables(self, store: Any) -> None:
        """Keras's hook: reads `own_states`."""
        states = self.own_states()
        if len(store.keys()) != len(states):
            raise ValueError(
                f"Expected {len(states)} states of the training (step, seeds). "
                f"Received: {len(store.keys())}. The file is of another model."
            )
        for index, state in enumerate(states):
            state.assign(np.asarray(store[str(index)]))


def _check_new(path, overwrite):
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} exists. Choose another, or pass overwrite=True.")


def is_deferred() -> bool:
    """Whether weights that are created now get their values later."""
    return in_stateless_scope()


@contextlib.contextmanager
def dtype_scope(policy: Any) -> Iterator[None]:
    """Layers built inside have this dtype policy."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def policy_of(dtype: Any) -> Any:
    """The dtype policy of a `dtype` argument.

    None stands for Keras's global policy if that keeps weights in float32, as mixed
    ones do; otherwise for float32, whatever `keras.config.floatx` is.
    """
    if dtype is not None:
        return dtype
    policy = keras.config.dtype_policy()
    return policy if policy.variable_dtype == "float32" else "float32"
