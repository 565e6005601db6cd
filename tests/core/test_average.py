"""What an epoch logs for players that have no turn in it."""

import numpy as np
import pytest

from kerasgan.core.average import Average
from tests.support import checks

EAGER = checks.EAGER


def test_an_average_is_the_last_one_until_it_has_a_value():
    average = Average()
    assert np.isnan(float(average.result()))
    average.update_state(2.0)
    average.update_state(4.0)
    assert float(average.result()) == 3.0
    average.reset_state()
    assert float(average.result()) == 3.0
    average.update_state(5.0)
    assert float(average.result()) == 5.0


@pytest.mark.parametrize("validation", [False, True])
def test_a_generator_without_a_turn_logs_its_last_loss(validation):
    """Two batches an epoch; the generator plays at the fifth and the tenth."""
    gan = checks.tiny("wgan_gp")
    gan.compile(run_eagerly=EAGER)
    images = checks.pictures(8)
    options = {"validation_data": images} if validation else {}
    options |= {"batch_size": 4, "epochs": 5, "verbose": 0, "shuffle": False}
    losses = gan.fit(images, **options).history["g_loss"]
    assert np.isnan(losses[:2]).all() and np.isfinite(losses[2:]).all()
    assert validation or losses[3] == losses[2] != losses[4]
