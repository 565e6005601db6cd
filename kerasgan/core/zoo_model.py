"""What presets and trainings need of a model, whatever it does."""

import contextlib
import inspect
import tempfile
from pathlib import Path

import keras
import numpy as np
from keras import ops

from kerasgan import checks
from kerasgan.presets import weights
from kerasgan.core.arguments import check_known
from kerasgan.files import write_atomically


class ZooModel:
    """A `keras.Model` that presets store and recipes train; before it in the bases.

    Attributes:
        stored: Names of the networks that a preset holds, a file each; the first is
            all that using the model needs.
        trained: Names of the networks that `compile` takes an optimizer for, in order.
        examined: Whether a training ends with `examine` on held-out data.
        arguments: The constructor's arguments, as the call gave them.
        origin: The preset it was loaded from: name, metadata, recipe; or empty.
    """

    stored: tuple[str, ...]
    trained: tuple[str, ...]
    examined = False

    def __new__(cls, *args, **kwargs):
        """Captures the arguments, which Keras forgets of `Model` subclasses."""
        model = super().__new__(cls)
        signature = inspect.signature(cls.__init__)
        if not any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values()):
            check_known(cls, "__init__", kwargs.keys() - signature.parameters.keys())
        bound = signature.bind(model, *args, **kwargs)
        bound.apply_defaults()
        arguments = {}
        for name, value in list(bound.arguments.items())[1:]:
            rest = signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD
            arguments |= value if rest else {name: checks.plain(value)}
        object.__setattr__(model, "arguments", arguments)
        object.__setattr__(model, "origin", {})
        return model

    def get_config(self) -> dict:
        """The constructor's arguments, as the call gave them."""
        return {**self.arguments, "dtype": self.dtype_policy.name}

    # What a kind of model defines.

    def stored_network(self, name: str) -> keras.Model:
        """The network whose weights a preset holds under a name of `stored`."""
        return getattr(self, name)

    def prepare_to_save(self) -> None:
        """Called before a preset is written."""

    def finish_loading(self) -> None:
        """Called when all weights of a preset are in place."""

    def updates_of(self, network: str, updates: int) -> int:
        """How many updates a network of `trained` makes in `updates` batches."""
        return updates

    def describe(self) -> dict:
        """What `metadata.json` says of this kind of model alone."""
        return {}

    def picture(self) -> np.ndarray | None:
        """What `samples.png` shows, uint8 (H, W, C); None for no picture."""
        return None

    def examine(self, images, labels, split: str) -> dict:
        """`Result`s by name, of images (N, H, W, C) and labels (N,) of a split."""
        raise NotImplementedError(f"{type(self).__name__} has no `examine`.")

    def default_optimizer(self) -> keras.optimizers.Optimizer:
        """The paper's optimizer, a new one for each network."""
        raise NotImplementedError(
            f"{type(self).__name__} has no `default_optimizer`. "
            "Define it, or pass optimizers to `compile`."
        )

    # Presets.

    @classmethod
    def from_preset(cls, preset: str, **kwargs):
        """Like `kerasgan.from_preset`; refuses a preset of another class."""
        from kerasgan.presets import load

        return load.from_preset(preset, expected=cls, **kwargs)

    def save_to_preset(
        self, folder: str, overwrite: bool = False, license: str | None = None
    ) -> None:
        """Writes this model as a preset folder; see `kerasgan.presets.save`."""
        from kerasgan.presets import load

        load.save(self, folder, overwrite=overwrite, license=license)

    def push_to_hub(
        self, repo_id: str, *, license: str | None = None, **options
    ) -> str:
        """Uploads this model as a preset to the Hugging Face Hub, in one commit.

        Args:
            repo_id: "owner/name"; made where it is missing.
            license: The weights' licence, as the Hub names it, such as "apache-2.0".
            **options: `private`, `token`, `commit_message`, `revision`, `create_pr` of
                `kerasgan.upload_preset`.

        Returns:
            The page of the commit, or of the pull request.
        """
        from kerasgan.presets import share

        with tempfile.TemporaryDirectory() as folder:
            saved = Path(folder) / "preset"
            self.save_to_preset(saved, license=license)
            return share.upload_preset(repo_id, saved, **options)

    # Files that a full disk must not tear, or HDF5 kill the process over.

    def save_weights(self, filepath, overwrite: bool = True) -> None:
        """Writes a `.weights.h5` file, whole or not at all; see `keras.Model`."""
        path = Path(filepath)
        if not path.name.endswith(".weights.h5"):
            raise ValueError(
                f"`filepath` must end in .weights.h5. Received: {filepath}."
            )
        _check_new(path, overwrite)
        with write_atomically(path) as file:
            file.write(weights.to_bytes(self))

    def save(self, filepath, overwrite: bool = True, **kwargs) -> None:
        """Writes a `.keras` file, whole or not at all; see `keras.Model`."""
        path = Path(filepath)
        if path.suffix != ".keras":
            raise ValueError(f"`filepath` must end in .keras. Received: {filepath}.")
        _check_new(path, overwrite)
        with tempfile.TemporaryDirectory() as folder:
            whole = Path(folder) / path.name
            super().save(whole, **kwargs)
            with write_atomically(path) as file:
                file.write(whole.read_bytes())

    # What a resumed run needs beyond weights and optimizers.

    def own_states(self) -> list:
        """The seeds' states, which Keras does not save."""
        known = {id(v) for v in (*self.weights, *self.metrics_variables)}
        return [v for v in self.non_trainable_variables if id(v) not in known]

    def save_own_variables(self, store) -> None:
        """Keras's hook: writes `own_states`."""
        for index, state in enumerate(self.own_states()):
            store[str(index)] = ops.convert_to_numpy(state)

    def load_own_variables(self, store) -> None:
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


@contextlib.contextmanager
def dtype_scope(policy):
    """Layers built inside have this dtype policy."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
