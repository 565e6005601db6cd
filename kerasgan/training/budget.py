"""How long a training lasts: images, updates, hours or epochs."""

import math

from kerasgan.errors import RecipeError

KINDS = ("images", "updates", "hours", "epochs")
MOST = 2**40  # updates that a recipe records


class Budget:
    """One limit of a training, and how many updates it allows.

    Args:
        images: Real images to see, each repetition counted.
        updates: Batches to train on.
        hours: Hours on this machine, for which an update must be measured.
        epochs: Passes over the images.

    Attributes:
        kind: The name of the limit.
        amount: Its value.

    Raises:
        RecipeError: If none or several are given, or one is not above 0.

    Example:
        ```python
        Budget(hours=2).updates(33, 32, seconds_per_update=0.2)  # 36000
        ```
    """

    def __init__(
        self,
        *,
        images: int | None = None,
        updates: int | None = None,
        hours: float | None = None,
        epochs: int | None = None,
    ):
        values = zip(KINDS, (images, updates, hours, epochs), strict=True)
        given = {name: value for name, value in values if value is not None}
        options = ", ".join(f"--{kind}" for kind in KINDS)
        if len(given) != 1:
            received = " and ".join(f"--{k} {v}" for k, v in given.items()) or "none"
            raise RecipeError(
                f"A training has one budget of {options}. Received: {received}. Pass "
                "one of them."
            )
        ((self.kind, self.amount),) = given.items()
        whole = self.kind == "hours" or isinstance(self.amount, int)
        if not whole or not 0 < self.amount < math.inf:
            number = "a number" if self.kind == "hours" else "an integer"
            raise RecipeError(
                f"`{self.kind}` must be {number} above 0. Received: "
                f"{self.kind}={self.amount!r}. Pass --{self.kind} 1 or more."
            )

    def __repr__(self) -> str:
        return f"Budget({self.kind}={self.amount!r})"

    @property
    def needs_measuring(self) -> bool:
        """Whether `updates` needs the seconds of an update on this machine."""
        return self.kind == "hours"

    def updates(
        self,
        batches_per_epoch: int,
        batch_size: int,
        seconds_per_update: float | None = None,
    ) -> int:
        """The updates that it allows, at least 1.

        Args:
            batches_per_epoch: Batches of one pass over the images.
            batch_size: Images per update.
            seconds_per_update: From `measure.seconds_per_update`, for a budget of
                hours.

        Raises:
            RecipeError: If it allows less than one update.
        """
        if self.kind == "hours":
            updates = self.amount * 3600 / seconds_per_update
            least = f"One update takes {seconds_per_update:.2g} seconds here."
        else:
            each = {"images": 1 / batch_size, "updates": 1, "epochs": batches_per_epoch}
            updates = self.amount * each[self.kind]
            least = f"One update takes {batch_size} images."
        if updates < 1:
            raise RecipeError(
                f"The budget must allow at least one update. {least} Received: "
                f"{self.kind}={self.amount:g}. Pass more (--{self.kind})."
            )
        return min(int(updates), MOST)
