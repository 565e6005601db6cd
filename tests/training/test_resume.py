"""An interrupted training continues exactly, or says why it cannot."""

import numpy as np
import pytest
from keras import ops

from kerasgan import errors
from kerasgan.presets import recipes
from kerasgan.training import checkpoints, runner
from tests.training import helpers
from tests.training.helpers import Interrupt, same_weights


def interrupted(recipe, out, epoch: int = 1, **options) -> None:
    """Trains until a Ctrl-C after an epoch."""
    with pytest.raises(KeyboardInterrupt):
        runner.train(recipe, out, verbose=0, callbacks=[Interrupt(epoch)], **options)


def trained_twice(recipe, folder, epoch: int = 2):
    """The models of an uninterrupted and of a resumed training."""
    straight = runner.train(recipe, folder / "straight", verbose=0)
    interrupted(recipe, folder / "halted", epoch)
    resumed = runner.train(recipe, folder / "halted", resume=True, verbose=0)
    assert int(resumed.step) == int(straight.step)
    return straight, resumed


@pytest.mark.parametrize(("phases", "policy"), [(1, None), (2, None), (1, "ada")])
def test_a_resumed_training_is_exact(recipe, tmp_path, phases, policy):
    recipe["model"]["arguments"] |= {"augmentation": policy, "ada_images": 100}
    if phases == 2:
        first = recipe["phases"][0] | {"updates": 6}
        recipe["phases"] = [first, first | {"batch_size": 4}]
    straight, resumed = trained_twice(recipe, tmp_path)
    assert same_weights(straight, resumed) and int(resumed.step) == 12
    states = [*straight.optimizer.variables, *straight.augmenter.states]
    again = [*resumed.optimizer.variables, *resumed.augmenter.states]
    assert len(straight.augmenter.states) == (2 if policy else 0)
    for state, other in zip(states, again, strict=True):
        np.testing.assert_array_equal(
            ops.convert_to_numpy(state), ops.convert_to_numpy(other)
        )


def test_resuming_among_other_players_is_exact(recipe, tmp_path):
    recipe["model"]["name"] = "f_anogan"
    recipe["phases"] = [
        {"updates": 8, "batch_size": 5},
        {"updates": 8, "batch_size": 5, "players": ["encoder"]},
    ]
    straight, resumed = trained_twice(recipe, tmp_path, epoch=3)
    assert same_weights(straight, resumed)


def test_a_scheduled_weight_resumes_exactly(recipe, tmp_path):
    recipe["model"] = {"name": "r3gan", "arguments": {"width": 4, "latent_dim": 4}}
    gamma = {"name": "cosine", "final": 0.1, "updates": 9}
    recipe["phases"][0]["schedules"] = {"penalty_weight": gamma}
    straight, resumed = trained_twice(recipe, tmp_path)
    assert same_weights(straight, resumed)


def test_a_classifier_resumes_exactly(tmp_path):
    recipe = helpers.classifier_recipe(tmp_path, updates=12)
    straight, resumed = trained_twice(recipe, tmp_path)
    assert same_weights(straight, resumed) and int(resumed.step) == 12


def test_resuming_on_other_images_is_refused(recipe, tmp_path):
    interrupted(recipe, tmp_path / "out")
    np.savez(tmp_path / "data.npz", images=helpers.images(seed=1))
    with pytest.raises(errors.RecipeError, match="its images were different"):
        runner.train(recipe, tmp_path / "out", resume=True, verbose=0)


def test_resuming_with_another_recipe_is_refused(recipe, tmp_path):
    interrupted(recipe, tmp_path / "o")
    wide = recipes.adapt(recipe, arguments={"width": 8})
    large = recipes.adapt(recipe, batch_size=10)
    for changed, dtype, change in (
        (wide, None, "recipe.model.arguments.width was 4, and is 8"),
        (large, None, r"recipe.phases\[0\].batch_size was 5, and is 10"),
        (recipe, "mixed_bfloat16", "recipe.dtype was None, and is 'mixed_bfloat16'"),
    ):
        with pytest.raises(errors.RecipeError, match=f"another training: {change}"):
            runner.train(changed, tmp_path / "o", resume=True, dtype=dtype, verbose=0)


def test_resuming_without_a_checkpoint_warns(recipe, tmp_path):
    with pytest.warns(UserWarning, match="There is no checkpoint in .*absent"):
        runner.train(recipe, tmp_path / "absent", resume=True, epochs=1, verbose=0)
    assert (tmp_path / "absent/config.json").exists()


def test_resuming_from_damaged_checkpoints_is_refused(recipe, tmp_path):
    out = tmp_path / "out"
    interrupted(recipe, out, 2)
    for path in (out / "training").glob("ckpt-*/*.h5"):
        path.write_bytes(b"")
    with (
        pytest.warns(UserWarning, match="damaged"),
        pytest.raises(errors.PresetIntegrityError, match="all damaged"),
    ):
        runner.train(recipe, out, resume=True, verbose=0)
    assert len(list((out / "training").glob("ckpt-*"))) == 2


def test_overwriting_forgets_earlier_checkpoints(recipe, tmp_path):
    out = tmp_path / "out"
    interrupted(recipe, out, 2)
    interrupted(recipe, out, overwrite=True)
    state, _ = checkpoints.newest(out / "training")
    assert state["updates"] == 4


def test_an_interrupted_overwriting_training_resumes(recipe, tmp_path):
    out = tmp_path / "out"
    runner.train(recipe, out, epochs=1, verbose=0)
    interrupted(recipe, out, overwrite=True)
    assert (out / "config.json").exists()
    gan = runner.train(recipe, out, resume=True, verbose=0)
    assert int(gan.step) == 12
    with pytest.raises(FileExistsError, match="a finished preset"):
        runner.train(recipe, out, resume=True, verbose=0)


def test_a_diverged_training_keeps_its_last_good_state(recipe, tmp_path):
    spoil = [helpers.Spoil()]
    with pytest.raises(errors.TrainingDivergedError, match="epoch 2"):
        runner.train(recipe, tmp_path / "out", verbose=0, callbacks=spoil)
    assert not (tmp_path / "out/config.json").exists()
    state, _ = checkpoints.newest(tmp_path / "out/training")
    assert state["epoch"] == 1
