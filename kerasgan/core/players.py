"""Who trains which networks, and how often."""

from dataclasses import dataclass

from kerasgan.checks import check_count


@dataclass(frozen=True)
class Player:
    """One side of the game: a loss, and the networks that follow its gradient.

    The loss is the model's method `<name>_loss`. Two players may train one network: a
    warm-up beside the game, or a regularizer whose turn comes every 16th batch.

    Attributes:
        name: The name in `compile`, recipes and messages.
        trains: Names of the networks it updates; by default, the one of its own name.
        every: Batches from one turn to the next, at least 1.
        shares: The player whose optimizer it uses, instead of one of its own.
        log_as: The name of its loss in the logs; by default, `<name>_loss`.

    Example:
        ```python
        Player("generator", every=5, log_as="g_loss")  # WGAN-GP's generator
        Player("generators", ("generator", "backward_generator"))  # CycleGAN's
        ```
    """

    name: str
    trains: tuple[str, ...] = ()
    every: int = 1
    shares: str | None = None
    log_as: str = ""

    def __post_init__(self):
        check_count("every", self.every)
        object.__setattr__(self, "trains", self.trains or (self.name,))
        object.__setattr__(self, "log_as", self.log_as or f"{self.name}_loss")
