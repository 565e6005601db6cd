"""The abstract adversarial model: players take turns on the same batches.

Papers: Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661 (Algorithm 1);
the moving average: Yazici et al. 2019, https://arxiv.org/abs/1806.04498.
"""

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any, Literal

import keras
import numpy as np
from keras import ops

from kerasgan import backend, checks
from kerasgan.core.average import Average
from kerasgan.core.conditions import Condition
from kerasgan.core.fit import Fitting
from kerasgan.core.network_checks import check_network
from kerasgan.core.players import Player
from kerasgan.core.seen import Limits, Seen
from kerasgan.core.zoo_model import ZooModel, dtype_scope, is_deferred, policy_of
from kerasgan.errors import did_you_mean
from kerasgan.types import Tensor


class AdversarialModel(Fitting, backend.TrainStep, ZooModel, keras.Model):
    """Networks, and players that train them in turn.

    A subclass lists its networks in class attributes, builds each one in a method
    `build_<network>`, defines its players in `define_players`, and has a method
    `<player>_loss(batch)` for each player. Everything else is here.

    The constructor of a subclass sets what its `build_*` methods read, then calls this
    one.

    Args:
        ema_decay: Decay of the moving averages per update of their network, in [0, 1);
            lower during the first updates: min(ema_decay, (1 + n) / (10 + n)).
        given: Networks that the user built, by name, instead of `build_<network>`.
        networks: "all", or "sampler" to build only the networks of `sampled`, which
            cannot train.
        seed: Seed of everything that losses draw in training. Initial weights and
            layers that draw, such as dropout, follow `keras.utils.set_random_seed`.
        dtype: Dtype policy of the networks, such as "mixed_bfloat16".
        name: Name of the Keras model.

    Attributes:
        stored: Names of the networks, one weight file each.
        averaged: Networks that have a moving average, which is what a preset stores.
        sampled: Networks that using the trained model needs.
        phases: Names of the players that train together, for each phase.
        logged: Names of what the losses report by `log`, besides the losses.
        scheduled_weights: Weights of losses that `compile(schedules=...)` may change.
        data_shape: The shape of one item of the data, if it is known.
        data_limits: The least and the most that a value of the data may be.

    Raises:
        ValueError: If an argument is out of its range.
    """

    stored: tuple[str, ...] = ()
    averaged: tuple[str, ...] = ()
    sampled: tuple[str, ...] = ("generator",)
    phases: tuple[tuple[str, ...], ...] = ()
    logged: tuple[str, ...] = ()
    scheduled_weights: tuple[str, ...] = ()
    data_shape: tuple[int, ...] = ()
    data_limits: Limits = (-np.inf, np.inf)

    def __init__(
        self,
        *,
        ema_decay: float = 0.999,
        given: dict[str, keras.Model | None] | None = None,
        networks: Literal["all", "sampler"] = "all",
        seed: int | None = None,
        dtype: str | None = None,
        name: str | None = None,
    ):
        super().__init__(name=name, dtype=policy_of(dtype))
        checks.check_sizes(self.arguments)
        checks.check_options(ema_decay, networks)
        checks.check_variable_dtype(self.variable_dtype, dtype)
        if getattr(self, "condition", None) is None:
            self.condition = Condition()
        self.ema_decay, self.learning = ema_decay, True
        self.players = {player.name: player for player in self.define_players()}
        self.playing = [self.players[name] for name in self.phases[0]]
        self.networks, self.averages, self.schedules = {}, {}, {}
        self.trains = networks == "all"
        wanted = self.stored if self.trains else self.sampled
        with dtype_scope(self.dtype_policy):
            for name in self.stored:
                network = self._build(name, given or {}) if name in wanted else None
                setattr(self, name, network)
                if network is not None:
                    self._add(name, network)
        self.random = keras.random.SeedGenerator(seed)
        self.step = self.add_state("step", (), "int32")
        limits = self.data_limits, self.condition_limits
        self.seen = Seen(limits, ("x", self.condition.name or "y"))
        names = [*(p.log_as for p in self.players.values()), *self.logged]
        self.trackers = {name: Average(name=name) for name in names}
        self.built = True

    def _build(self, name, given) -> keras.Model:
        """The network of that name: the user's, or the family's own."""
        network = given.get(name)
        if network is None:
            return getattr(self, f"build_{name}")()
        check_network(name, network)
        return network

    def _add(self, name, network):
        self.networks[name] = network
        if name in self.averaged:
            average = _copy(network, f"{name}_ema") if self.trains else network
            average.trainable = False
            self.averages[name] = average
            setattr(self, f"{name}_ema", average)

    def add_state(
        self, name: str, shape: tuple[int, ...], dtype: str = "float32"
    ) -> keras.Variable:
        """A variable of zeros that training changes without a gradient."""
        options = {"dtype": dtype, "trainable": False, "name": name}
        return keras.Variable("zeros", shape=shape, **options)

    # What a family defines.

    def define_players(self) -> list[Player]:
        """The players, in the order of their turns. A family overrides this."""
        raise NotImplementedError(f"{type(self).__name__} needs `define_players`.")

    def unpack(self, data: Any) -> Any:
        """The batch that every player's loss takes, made from a batch of `fit`.

        A family overrides this.
        """
        raise NotImplementedError(f"{type(self).__name__} needs `unpack`.")

    def loss_of(self, player: Player, batch: Any) -> Tensor:
        """A player's loss on a batch, a scalar."""
        return getattr(self, f"{player.name}_loss")(batch)

    @property
    def condition_limits(self) -> Limits:
        """The least and the most that a value of the condition may be, or None."""
        return self.condition.limits

    # The training algorithm.

    def adversarial_step(
        self, data: Any, due: tuple[Player, ...] | None = None
    ) -> dict:
        """One batch: every player whose turn it is updates its networks once.

        Args:
            data: The batch, as `fit` has it.
            due: The players whose turn it is, if the backend knows already.

        Returns:
            The averages of all logged values so far.
        """
        self.seen.update_state(data)
        batch = self.unpack(data)
        self.step.assign_add(1)
        for player in self.playing:
            turn = functools.partial(self.take_turn, player, batch)
            if player.every == 1 or (due is not None and player in due):
                turn()
            elif due is None:
                backend.when(ops.equal(self.step.value % player.every, 0), turn)
        self.optimizer.iterations.assign_add(1)
        return self.get_metrics_result()

    def take_turn(self, player: Player, batch: Any) -> None:
        """One update of the player's networks, and of their moving averages."""
        loss = self.minimize(lambda: self.loss_of(player, batch), player)
        self.log(**{player.log_as: loss})
        for name in player.trains:
            if name in self.averages:
                self.update_average(name, self.step.value // player.every)

    def minimize(self, loss_fn: Callable, player: Player) -> Tensor:
        """One update of the player's networks; the statistics of others stay.

        Args:
            loss_fn: Function without arguments that returns the loss, a scalar.
            player: The player whose networks follow the gradient.

        Returns:
            The loss before the update.
        """
        optimizer = self.optimizer.parts[player.shares or player.name]
        variables = self.variables_of(player)
        if not variables:  # all layers are frozen
            with _statistics_kept(self.networks, ()):
                return ops.stop_gradient(loss_fn())

        def scaled():
            loss = loss_fn()
            return optimizer.scale_loss(loss / backend.replica_count()), loss

        with _statistics_kept(self.networks, player.trains):
            (_, loss), gradients = backend.value_and_grad(scaled, variables)
        backend.apply_gradients(optimizer, gradients, variables)
        return ops.stop_gradient(loss)

    def variables_of(self, player: Player) -> list:
        """The variables that a player updates."""
        return [v for n in player.trains for v in self.networks[n].trainable_variables]

    def update_average(self, name: str, updates: Any) -> None:
        """Moves a network's average towards it, batch statistics included."""
        count = ops.cast(updates, "float32")
        decay = ops.minimum(self.ema_decay, (1.0 + count) / (10.0 + count))
        averages, weights = self.averages[name].weights, self.networks[name].weights
        for average, weight in zip(averages, weights, strict=True):
            change = ops.stop_gradient(weight.value - average.value)
            average.assign(average.value + (1.0 - decay) * change)

    def evaluation_step(self, data: Any) -> dict:
        """The losses of the moving averages, with nothing updated."""
        self.seen.update_state(data)
        with self.frozen():
            batch = self.unpack(data)
            for player in self.playing:
                self.log(**{player.log_as: self.loss_of(player, batch)})
        return self.get_metrics_result()

    # What losses use.

    def apply(self, name: str, *inputs: Any) -> Tensor:
        """The outputs of a network, float32.

        In training, the network itself runs in training mode. Otherwise its moving
        average, if it has one, runs in inference mode.

        Args:
            name: The network's name.
            *inputs: Its inputs. A network that takes fewer does not get the last ones.
        """
        network = self.networks[name]
        if not self.learning:
            network = self.averages.get(name, network)
        taken = list(inputs[: len(network.inputs)])
        outputs = network(taken if len(taken) > 1 else taken[0], training=self.learning)
        return keras.tree.map_structure(lambda x: ops.cast(x, "float32"), outputs)

    def scheduled(self, name: str) -> Tensor:
        """The weight of a loss at this batch: by its schedule, if it has one."""
        schedule = self.schedules.get(name)
        if schedule is None:
            return getattr(self, name)
        return ops.cast(schedule(self.optimizer.iterations.value), "float32")

    def log(self, **values: Any) -> None:
        """Averages values over the epoch, for the progress bar and the history.

        Raises:
            ValueError: If a name is not in `logged`.
        """
        for name, value in values.items():
            if name not in self.trackers:
                raise ValueError(
                    f"`log` takes {', '.join(self.trackers)}. Received: {name!r}."
                    f"{did_you_mean(name, self.trackers)} Add it to the class "
                    "attribute `logged`."
                )
            self.trackers[name].update_state(ops.stop_gradient(value))

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Inside, losses see moving averages in inference mode, and nothing learns."""
        before, self.learning = self.learning, False
        try:
            yield
        finally:
            self.learning = before

    @contextlib.contextmanager
    def average_kept(self) -> Iterator[None]:
        """Restores the moving averages, batch statistics included, at the end."""
        before = {name: a.get_weights() for name, a in self.averages.items()}
        try:
            yield
        finally:
            for name, average in self.averages.items():
                average.set_weights(before[name])

    # Copies of the whole model.

    def facts(self) -> dict:
        """As in `ZooModel`; also which layers are frozen."""
        frozen = {
            name: [i for i, x in enumerate(_layers(network)) if not x.trainable]
            for name, network in self.networks.items()
        }
        return super().facts() | {"frozen": frozen}

    def restore_facts(self, facts: dict) -> None:
        """Takes back what `facts` gave."""
        super().restore_facts(facts)
        for name, indices in facts.get("frozen", {}).items():
            layers = _layers(self.networks[name])
            for index in indices:
                layers[index].trainable = False

    # Reports.

    def count_params(self) -> int:
        """The parameters of all networks, without their moving averages."""
        return sum(network.count_params() for network in self.networks.values())

    def summary(
        self, *args: Any, print_fn: Callable | None = None, **kwargs: Any
    ) -> None:
        """Prints all networks and their sizes; arguments as in `keras.Model`."""
        super().summary(*args, print_fn=print_fn, **kwargs)
        sizes = [
            f"{average.name} with {average.count_params():,} params"
            for name, average in self.averages.items()
            if average is not self.networks[name]
        ]
        if sizes:
            (print_fn or print)(
                f"The networks have {self.count_params():,} params. Also listed are "
                f"moving averages, which generate: {', '.join(sizes)}."
            )

    # Presets.

    def stored_network(self, name: str) -> keras.Model | None:
        """What a preset stores: the moving average, if there is one."""
        return self.averages.get(name) or self.networks.get(name)

    def finish_loading(self) -> None:
        """Copies the preset's weights from the moving averages to their networks."""
        for name, average in self.averages.items():
            if self.networks[name] is not average:
                self.networks[name].set_weights(average.get_weights())

    def updates_of(self, player: str, updates: int) -> int:
        """How many turns a player has in so many batches."""
        return updates // self.players[player].every

    def describe(self) -> dict:
        """Facts of this model for `metadata.json`."""
        return self.condition.describe()

    def restore(self, metadata: dict) -> None:
        """Takes back the facts of a preset's `metadata.json`."""
        self.condition.restore(metadata)


def _copy(network: keras.Model, name: str) -> keras.Model:
    """Another network with the same weights."""
    copy = keras.models.clone_model(network)
    copy.name = name
    if not is_deferred():
        copy.set_weights(network.get_weights())
    return copy


def _layers(network: keras.Model) -> list:
    """The network itself, and all layers in it."""
    return list(network._flatten_layers())


@contextlib.contextmanager
def _statistics_kept(networks: dict, trained: tuple[str, ...]):
    """Restores what a forward pass changes in networks that are not being trained."""
    others = [network for name, network in networks.items() if name not in trained]
    variables = [v for network in others for v in network.non_trainable_weights]
    before = [ops.copy(v.value) for v in variables]
    try:
        yield
    finally:
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)
