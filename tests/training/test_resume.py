"""An interrupted training continues exactly, or says why it cannot."""

import os
import shutil
import signal

import numpy as np
import pytest
from keras import ops

from kerasgan import errors
from kerasgan.presets import documents, recipes
from kerasgan.training import checkpoints, interrupts, runner
from kerasgan.training.budget import Budget
from tests.training import helpers
from tests.training.helpers import interrupted, same_weights


def trained_twice(recipe, folder, *epochs):
    """The models of an uninterrupted training, and of one with interrupts."""
    straight = runner.train(recipe, folder / "straight", verbose=0)
    for index, epoch in enumerate(epochs):
        interrupted(recipe, folder / "halted", epoch, resume=index > 0)
    resumed = runner.train(recipe, folder / "halted", resume=True, verbose=0)
    assert int(resumed.step) == int(straight.step)
    states = zip(states_of(straight), states_of(resumed), strict=True)
    for state, other in states:
        np.testing.assert_array_equal(
            ops.convert_to_numpy(state), ops.convert_to_numpy(other)
        )
    assert same_weights(straight, resumed)
    return straight, resumed


def states_of(model) -> list:
    """What a training changes besides weights."""
    augmenter = getattr(model, "augmenter", None)
    return [*model.optimizer.variables, *(augmenter.states if augmenter else ())]


@pytest.mark.matrix
def test_a_resumed_training_is_exact(recipe, tmp_path):
    first = recipe["phases"][0] | {"updates": 6}
    recipe["phases"] = [first, first | {"batch_size": 4}]
    _, resumed = trained_twice(recipe, tmp_path, 2)
    assert int(resumed.step) == 12


@pytest.mark.backend_free
@pytest.mark.matrix
def test_ada_schedules_and_other_players_resume_exactly(recipe, tmp_path):
    arguments = {"discriminator_steps": 2, "augmentation": "ada", "ada_images": 100}
    recipe["model"]["name"] = "f_anogan"
    recipe["model"]["arguments"] |= arguments
    gamma = {"name": "cosine", "final": 0.1, "updates": 6}
    recipe["phases"] = [
        {"updates": 8, "batch_size": 5, "schedules": {"penalty_weight": gamma}},
        {"updates": 8, "batch_size": 5, "players": ["encoder"]},
    ]
    straight, resumed = trained_twice(recipe, tmp_path, 1, 3)
    assert len(straight.augmenter.states) == 2
    assert [player.name for player in resumed.playing] == ["encoder"]


@pytest.mark.matrix
def test_a_classifier_resumes_exactly(tmp_path):
    recipe = helpers.classifier_recipe(tmp_path, updates=12)
    _, resumed = trained_twice(recipe, tmp_path, 2)
    assert int(resumed.step) == 12


@pytest.fixture(scope="module")
def halted(tmp_path_factory):
    """The folder of an interrupted training, and its recipe."""
    folder = tmp_path_factory.mktemp("halted")
    recipe = helpers.dcgan_recipe(folder)
    interrupted(recipe, folder / "out", 2)
    return folder / "out", recipe


@pytest.mark.backend_free
def test_resuming_on_other_images_is_refused(halted):
    work = halted[0] / "training"
    state, path = checkpoints.newest(work)
    same = {name: state[name] for name in ("recipe", "images", "held_out_images")}
    assert checkpoints.resume(work, same) == (state, path)
    moved = state["recipe"] | {"data": {"source": "elsewhere.npz"}}
    assert checkpoints.resume(work, same | {"recipe": moved}) == (state, path)
    with pytest.raises(errors.RecipeError, match="its images were different"):
        checkpoints.resume(work, same | {"images": "0" * 64})


@pytest.mark.backend_free
def test_resuming_with_another_recipe_is_refused(halted):
    out, recipe = halted
    wide = recipes.adapt(recipe, arguments={"width": 8})
    large = recipes.adapt(recipe, batch_size=10)
    for changed, dtype, change in (
        (wide, None, "recipe.model.arguments.width was 4, and is 8"),
        (large, None, r"recipe.phases\[0\].batch_size was 5, and is 10"),
        (recipe, "mixed_bfloat16", "recipe.dtype was None, and is 'mixed_bfloat16'"),
    ):
        with pytest.raises(errors.RecipeError, match=f"another training: {change}"):
            runner.train(changed, out, resume=True, dtype=dtype, verbose=0)


@pytest.mark.backend_free
@pytest.mark.parametrize("updates", [4, 99])
def test_a_state_that_contradicts_its_weights_is_refused(halted, tmp_path, updates):
    out = shutil.copytree(halted[0], tmp_path / "out")
    state, path = checkpoints.newest(out / "training")
    state["updates"] = updates
    document = {"state": state, "sha256": checkpoints._digest(path.read_bytes(), state)}
    (path.parent / checkpoints.STATE).write_bytes(documents.to_json(document))
    with pytest.raises(errors.PresetIntegrityError, match="must have 8 updates"):
        runner.train(halted[1], out, resume=True, verbose=0)


@pytest.mark.backend_free
def test_an_unfinished_training_points_to_resume(halted):
    with pytest.raises(FileExistsError, match="which --resume continues"):
        runner.train(halted[1], halted[0], verbose=0)


@pytest.mark.backend_free
def test_resuming_from_damaged_checkpoints_is_refused(halted, tmp_path):
    out = shutil.copytree(halted[0], tmp_path / "out")
    for path in (out / "training").glob("ckpt-*/*.h5"):
        path.write_bytes(b"")
    with (
        pytest.warns(UserWarning, match="damaged"),
        pytest.raises(errors.PresetIntegrityError, match="all damaged"),
    ):
        runner.train(halted[1], out, resume=True, verbose=0)
    assert len(list((out / "training").glob("ckpt-*"))) == 2


@pytest.mark.backend_free
def test_resuming_without_a_checkpoint_warns(tmp_path):
    with pytest.warns(UserWarning, match="There is no checkpoint in .*absent"):
        assert checkpoints.resume(tmp_path / "absent", {}) is None


@pytest.mark.backend_free
@pytest.mark.matrix
def test_an_overwriting_training_starts_anew_and_resumes(recipe, tmp_path):
    out = tmp_path / "out"
    runner.train(recipe, out, budget=Budget(epochs=1), verbose=0)
    interrupted(recipe, out, 2, overwrite=True)
    interrupted(recipe, out, 1, overwrite=True)
    assert checkpoints.newest(out / "training")[0]["updates"] == 4
    assert (out / "config.json").exists()
    gan = runner.train(recipe, out, resume=True, verbose=0)
    assert int(gan.step) == 12
    with pytest.raises(FileExistsError, match="a finished preset"):
        runner.train(recipe, out, resume=True, verbose=0)


@pytest.mark.backend_free
def test_a_diverged_training_keeps_its_last_good_state(recipe, tmp_path):
    options = {"callbacks": [helpers.Spoil()], "checkpoint_seconds": 0, "verbose": 0}
    with pytest.raises(errors.TrainingDivergedError, match="in the generator"):
        runner.train(recipe, tmp_path / "out", **options)
    assert not (tmp_path / "out/config.json").exists()
    state, _ = checkpoints.newest(tmp_path / "out/training")
    assert (state["epoch"], state["updates"]) == (1, 4)
    slower = helpers.with_rate(recipe, 1e-4)
    model = runner.train(slower, tmp_path / "out", resume=True, verbose=0)
    assert float(model.optimizer.parts["discriminator"].learning_rate) < 2e-4


class StopAt(helpers.Interrupt):
    """Sends a signal to this process after a batch, as a cluster does."""

    def __init__(self, updates, number=signal.SIGTERM):
        super().__init__(0)
        self.updates, self.number = updates, number

    def on_train_batch_end(self, batch, logs=None):
        if self.model.updates == self.updates:
            os.kill(os.getpid(), self.number)


@pytest.mark.parametrize(
    ("updates", "saved"), [(2, 3), pytest.param(8, 8, marks=pytest.mark.matrix)]
)
def test_a_signal_writes_a_checkpoint_at_once(recipe, tmp_path, updates, saved):
    recipe["phases"][0] |= {"updates": 10}
    straight = runner.train(recipe, tmp_path / "straight", verbose=0)
    options = {"callbacks": [StopAt(updates)], "verbose": 0}
    with pytest.raises(KeyboardInterrupt) as ended:
        runner.train(recipe, tmp_path / "halted", **options)
    assert ended.value.args == (signal.SIGTERM,)
    state, _ = checkpoints.newest(tmp_path / "halted/training")
    assert state["updates"] == saved
    assert (state["epoch"], state["batch"]) == divmod(saved, 4)
    resumed = runner.train(recipe, tmp_path / "halted", resume=True, verbose=0)
    assert same_weights(straight, resumed)
    logs = [
        helpers.read_json(tmp_path / name / "results.json")["training"]["history"]
        for name in ("straight", "halted")
    ]
    for entry in logs:
        entry.pop("seconds")
    assert logs[0] == logs[1]


@pytest.mark.backend_free
def test_a_second_signal_ends_at_once():
    before = signal.getsignal(signal.SIGINT)  # ignored, if started by nohup
    with interrupts.caught() as received:
        os.kill(os.getpid(), signal.SIGINT)
        assert received.signal == signal.SIGINT
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.backend_free
def test_a_folder_is_locked_while_a_training_fills_it(recipe, tmp_path):
    out = tmp_path / "out"
    with (
        checkpoints.locked(out / "training"),
        pytest.raises(FileExistsError, match="another process is training"),
    ):
        runner.train(recipe, out, overwrite=True, verbose=0)
    assert not out.exists()  # nothing began
