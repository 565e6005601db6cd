"""A recipe matches its schema; anything else is refused with the field's name."""

import copy
import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from kerasgan import errors, registry
from kerasgan.core.conditions import Condition
from kerasgan.presets import catalog, recipes
from kerasgan.training import phases
from tests.support.checks import LIMITS, PAIRED_LIMIT, TEXT_LIMIT

pytestmark = pytest.mark.backend_free

ADAM = {"name": "adam", "learning_rate": 0.0002, "beta_1": 0.5}
RECIPE = {
    "format": 2,
    "model": {"name": "dcgan", "arguments": {"image_shape": [16, 16, 1], "width": 8}},
    "data": {"source": "mnist", "split": "train", "size": 16},
    "phases": [
        {"updates": 300, "batch_size": 64, "optimizers": {"generator": ADAM}},
        {
            "updates": 100,
            "batch_size": 32,
            "schedules": {"generator": {"name": "linear", "final": 0.1}},
        },
    ],
    "seed": 0,
}
OPTIMIZER = ("phases", 0, "optimizers", "generator")


def changed(*path, value):
    """RECIPE with one field replaced."""
    recipe = copy.deepcopy(RECIPE)
    *parents, last = path
    place = recipe
    for key in parents:
        place = place[key]
    place[last] = value
    return recipe


def test_a_good_recipe_passes():
    assert recipes.check(RECIPE) is RECIPE


@pytest.mark.parametrize("size", [64, [64, 32]])
def test_a_size_is_a_side_or_two(size):
    recipe = changed("data", "size", value=size)
    assert recipes.check(recipe) is recipe


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("extra",), 1, "no field 'extra'.*It takes format, model"),
        (("phases", 0, "update"), 1, r"phases\[0\].*Did you mean 'updates'"),
        (
            ("phases", 0, "updates"),
            -1,
            r"phases\[0\].updates: expected at least 1. Received: -1",
        ),
        (("phases", 0, "updates"), 0, "updates: .* 0"),
        (("phases", 0, "batch_size"), 64.0, "batch_size: .*integer.*64.0"),
        (("phases",), [], "phases"),
        ((*OPTIMIZER, "name"), "adamm", 'one of "adam", "rmsprop".*adamm'),
        ((*OPTIMIZER, "learning_rate"), math.nan, "learning_rate: .*nan"),
        ((*OPTIMIZER, "learning_rate"), math.inf, "learning_rate: .*inf"),
        ((*OPTIMIZER, "learning_rate"), 0, "learning_rate: .* 0"),
        ((*OPTIMIZER, "beta_1"), 1.5, "beta_1: .*1.5"),
        ((*OPTIMIZER, "momentum"), 0.9, "no field 'momentum'.*beta_1"),
        ((*OPTIMIZER, "weight_decay"), -0.1, "weight_decay: .*at least 0.*-0.1"),
        (
            OPTIMIZER,
            {"name": "sgd", "learning_rate": 0.1, "weight_decay": 0.1},
            "no field 'weight_decay'.*momentum",
        ),
        (OPTIMIZER, {"name": "adam"}, "the field 'learning_rate'"),
        (("phases", 1, "schedules", "generator", "name"), "step", "'step'"),
        (("phases", 1, "schedules", "generator", "warmup"), 0.1, '"cosine".*linear'),
        (("model", "name"), "dcgn", "model.name.*Did you mean 'dcgan'"),
        (("model", "module"), "os", "no field 'module'"),
        (("data", "channels"), 2, "channels: .*one of 1, 3.*2"),
        (("data", "size"), [1, 2, 3], "size"),
        (("data",), {"size": 3}, "the field 'source'.*--data"),
        (("seed",), 2**32, "seed"),
        (("seed",), True, "seed: .*integer.*True"),
        (("format",), 1, "format: expected 2. Received: 1"),
        (("format",), 3, "format: expected 2.*3.*upgrade kerasgan"),
    ],
)
def test_unknown_fields_and_values_are_refused(path, value, message):
    with pytest.raises(errors.RecipeError, match=message):
        recipes.check(changed(*path, value=value))


PHASE = {"updates": 1, "batch_size": 4}
LINEAR = {"name": "linear"}


def of_class(name, *own):
    """A recipe of another class with these phases."""
    made = [PHASE | phase for phase in own]
    return RECIPE | {"model": {"name": name}, "phases": made}


@pytest.mark.parametrize(
    "recipe",
    [
        of_class("dcgan", {"players": ["discriminator"]}),
        of_class("f_anogan", {}, {}),
        of_class("f_anogan", {}, {"optimizers": {"encoder": ADAM}}),
        of_class(
            "f_anogan", {"players": ["encoder"], "schedules": {"encoder": LINEAR}}
        ),
        of_class("r3gan", {"schedules": {"penalty_weight": LINEAR | {"final": 2.5}}}),
        of_class("feature_classifier", {"optimizers": {"classifier": ADAM}}),
    ],
)
def test_players_and_weights_are_those_of_the_class(recipe):
    assert recipes.check(recipe) is recipe


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        (of_class("dcgan", {"players": []}), r"players: .*length of at least 1.*\[\]"),
        (
            of_class("dcgan", {"players": ["critic"]}),
            r'players\[0\]: expected one of "discriminator", "generator".*critic',
        ),
        (of_class("dcgan", {"players": ["generator"] * 2}), "without duplicates"),
        (
            of_class("dcgan", {"optimizers": {"critic": ADAM}}),
            r"phases\[0\].optimizers: .*'critic'.*takes discriminator, generator",
        ),
        (
            of_class("f_anogan", {"optimizers": {"encoder": ADAM}}),
            r"phases\[0\].optimizers: .*'encoder'.*takes discriminator, generator",
        ),
        (
            of_class("f_anogan", {}, {"optimizers": {"generator": ADAM}}),
            r"phases\[1\].optimizers: .*'generator'.*takes encoder",
        ),
        (
            of_class("dcgan", {"schedules": {"penalty_wieght": LINEAR}}),
            "schedules: .*'penalty_wieght'.*takes discriminator, generator",
        ),
        (
            of_class("r3gan", {"schedules": {"penalty_wieght": LINEAR}}),
            "Did you mean 'penalty_weight'",
        ),
        (
            of_class("dcgan", {"schedules": {"generator": LINEAR | {"final": 2.5}}}),
            "2.5",
        ),
    ],
)
def test_other_players_and_weights_are_refused(recipe, message):
    with pytest.raises(errors.RecipeError, match=message):
        recipes.check(recipe)


def test_a_family_of_two_phases_has_two_by_default():
    made, cls = recipes.load("f_anogan")["phases"], registry.lookup("f_anogan")
    players = [recipes.players_of(cls, phase, i) for i, phase in enumerate(made)]
    assert players == [("discriminator", "generator"), ("encoder",)]


def test_the_last_phase_of_a_class_repeats():
    cls = registry.lookup("f_anogan")
    assert recipes.players_of(cls, PHASE, 5) == ("encoder",)
    assert recipes.players_of(registry.lookup("dcgan"), PHASE, 1)[1] == "generator"


def test_loading_a_recipe_looks_one_model_up(monkeypatch):
    names, lookup = set(), registry.lookup
    monkeypatch.setattr(registry, "lookup", lambda n: (names.add(n), lookup(n))[1])
    assert recipes.load("dcgan_mnist")["model"]["name"] == "dcgan"
    assert names == {"dcgan"}


@pytest.mark.parametrize("document", [None, [], 3, "text"])
def test_a_recipe_must_be_an_object(document):
    with pytest.raises(errors.RecipeError, match="expected object"):
        recipes.check(document)


def test_an_error_names_the_file(tmp_path):
    path = tmp_path / "recipe.json"
    path.write_text(json.dumps(changed("seed", value=-1)))
    with pytest.raises(errors.RecipeError, match=r"recipe.json: seed: .*-1"):
        recipes.load(path)


@pytest.mark.parametrize("text", ['{"seed": NaN', "", "[" * 10])
def test_a_file_must_be_json(text, tmp_path):
    path = tmp_path / "recipe.json"
    path.write_text(text)
    with pytest.raises(errors.RecipeError, match="must be strict JSON"):
        recipes.load(path)


def test_a_file_and_its_folder_load_alike(tmp_path):
    (tmp_path / "recipe.json").write_text(json.dumps(RECIPE))
    assert recipes.load(tmp_path / "recipe.json") == recipes.load(tmp_path) == RECIPE


def test_a_folder_without_a_recipe_is_refused(tmp_path):
    with pytest.raises(errors.PresetNotFoundError, match="recipe.json"):
        recipes.load(tmp_path)


def test_a_changed_recipe_of_a_preset_is_refused(tmp_path):
    zoo = catalog.zoo_folder() / "dcgan_mnist"
    for name in ("recipe.json", "metadata.json"):
        shutil.copy(zoo / name, tmp_path)
    path = tmp_path / "recipe.json"
    path.write_text(path.read_text().replace('"mnist"', '"kmnist"'))
    with pytest.raises(errors.PresetIntegrityError, match=r"recipe\.json must"):
        recipes.load(tmp_path)
    path.unlink()
    path.symlink_to(zoo / "recipe.json")
    with pytest.raises(errors.PresetIntegrityError, match="a link"):
        recipes.load(tmp_path)


def test_every_bundled_recipe_passes():
    files = list(catalog.zoo_folder().glob("*/recipe.json"))
    assert files
    for path in files:
        assert recipes.load(path.parent.name) == json.loads(path.read_text("utf-8"))


def test_a_familys_name_beats_a_folder_without_recipe(tmp_path, monkeypatch):
    (tmp_path / "dcgan").mkdir()
    monkeypatch.chdir(tmp_path)
    assert recipes.load("dcgan")["model"] == {"name": "dcgan", "arguments": {}}


def test_a_misspelled_name_lists_similar_ones():
    with pytest.raises(errors.PresetNotFoundError, match="Did you mean .*'r3gan'"):
        recipes.load("R3GAN")
    with pytest.raises(errors.PresetNotFoundError, match="Did you mean .*'dcgan'"):
        recipes.load("dcgann")


def test_a_default_recipe_passes_with_data():
    recipe = recipes.load("wgan_gp")
    with pytest.raises(errors.RecipeError, match="--data"):
        recipes.check(recipes.adapt(recipe))
    recipes.check(recipes.adapt(recipe, data={"source": "photos"}))


def test_other_data_drop_the_evaluation():
    recipe = RECIPE | {"evaluation": {"features": "features_mnist"}}
    with pytest.warns(UserWarning, match="kerasgan evaluate"):
        adapted = recipes.adapt(recipe, data={"source": "photos"})
    assert "evaluation" not in adapted


def test_adapting_copies_the_recipe():
    before = copy.deepcopy(RECIPE)
    recipes.adapt(RECIPE, data={"size": 8}, batch_size=4, arguments={"width": 4})
    assert before == RECIPE


def test_a_new_source_keeps_only_how_images_are_converted():
    recipe = changed("data", "title", value="Digits")
    adapted = recipes.adapt(recipe, data={"source": "photos", "split": None})
    assert adapted["data"] == {"source": "photos", "size": 16}
    assert adapted["model"]["arguments"] == {"width": 8}
    adapted = recipes.adapt(recipe, data={"source": "photos", "size": 32})
    assert adapted["data"] == {"source": "photos", "size": 32}


@pytest.mark.parametrize(
    ("data", "published"),
    [
        ({"source": "mnist", "held_out": "test"}, {}),
        ({"source": "emoji/train", "held_out": "emoji/held_out"}, {}),
        ({"source": "/home/user/photos"}, {"source": "photos/"}),
        ({"source": "/home/user/mnist"}, {"source": "mnist/"}),
        ({"source": "/home/user/set.npz"}, {"source": "set.npz"}),
        ({"source": "../../user/photos/"}, {"source": "photos/"}),
        ({"source": "~/photos"}, {"source": "photos/"}),
        ({"source": "photos/"}, {}),
        ({"source": "/"}, {"source": "folder/"}),
        (
            {"source": "/a/split/train", "held_out": "/a/split/held_out"},
            {"source": "split/", "held_out": "held_out/"},
        ),
        ({"source": "mnist", "held_out": "/a/b.npz"}, {"held_out": "b.npz"}),
    ],
)
def test_a_published_recipe_names_no_path(data, published):
    recipe = RECIPE | {"data": data}
    assert recipes.without_paths(recipe)["data"] == data | published
    assert recipe["data"] == data
    again = recipes.without_paths(recipes.without_paths(recipe))
    assert again == recipes.without_paths(recipe)


def test_published_features_are_a_name():
    for features, name in (
        ("/home/user/features_mine", "features_mine"),
        ("features_mnist", "features_mnist"),
        ("inception", "inception"),
    ):
        recipe = RECIPE | {"evaluation": {"features": features}}
        published = recipes.without_paths(recipe)["evaluation"]["features"]
        assert published == name


def test_a_new_source_leaves_a_recipe_conditional():
    arguments = {"num_classes": 10, "width": 8}
    recipe = RECIPE | {"model": {"name": "cgan", "arguments": arguments}}
    adapted = recipes.adapt(recipe, data={"source": "photos"})
    assert adapted["model"]["arguments"] == arguments
    chosen = {"data": {"source": "photos"}, "arguments": {"num_classes": 3}}
    adapted = recipes.adapt(recipe, **chosen)
    assert adapted["model"]["arguments"] == {"width": 8, "num_classes": 3}


def test_a_new_size_keeps_the_source_and_frees_the_image_shape():
    adapted = recipes.adapt(RECIPE, data={"source": None, "size": 32})
    assert adapted["data"] == {"source": "mnist", "split": "train", "size": 32}
    assert adapted["model"]["arguments"] == {"width": 8}


def test_updates_keep_their_shares_of_the_phases():
    adapted = recipes.adapt(RECIPE, updates=40)
    assert [phase["updates"] for phase in adapted["phases"]] == [30, 10]


def test_every_phase_keeps_at_least_one_update():
    adapted = recipes.adapt(RECIPE, updates=1)
    assert [phase["updates"] for phase in adapted["phases"]] == [1, 1]


def test_batch_size_seed_and_arguments_are_replaced():
    adapted = recipes.adapt(RECIPE, batch_size=8, seed=3, arguments={"width": 4})
    assert [phase["batch_size"] for phase in adapted["phases"]] == [8, 8]
    assert adapted["seed"] == 3
    assert adapted["model"]["arguments"] == {"image_shape": [16, 16, 1], "width": 4}


def test_schedules_keep_their_share_of_the_updates():
    cosine = {"name": "cosine", "final": 0.1, "updates": 200}
    schedules = {"penalty_weight": cosine, "generator": {"name": "linear"}}
    phase = {"updates": 300, "batch_size": 64, "schedules": schedules}
    recipe = RECIPE | {"model": {"name": "r3gan"}, "phases": [phase]}
    adapted = recipes.adapt(recipe, updates=150)["phases"][0]["schedules"]
    assert adapted["penalty_weight"]["updates"] == 100
    assert adapted["generator"] == {"name": "linear"}
    del phase["updates"]  # without them, there is no share
    adapted = recipes.adapt(recipe, updates=150)["phases"][0]["schedules"]
    assert adapted["penalty_weight"] == cosine


def test_nothing_to_adapt_changes_nothing():
    assert recipes.adapt(RECIPE) == RECIPE


WAITING = sorted(Path(__file__).parents[2].glob("benchmarks/recipes/*.json"))


def test_what_has_no_preset_has_a_recipe():
    planned = {"sngan_cifar10", "r3gan_cifar10", "r3gan_emoji"}
    assert planned <= {path.stem for path in WAITING} | set(catalog.list_presets())


@pytest.mark.matrix
@pytest.mark.parametrize("path", WAITING, ids=lambda path: path.stem)
def test_recipes_without_a_preset_train(path):
    """A turn of each player, on noise; the preset will be small enough."""
    recipe = recipes.load(path)
    assert path.stem.startswith(recipe["model"]["name"])
    assert not (catalog.zoo_folder() / path.stem).exists(), "it has been trained"
    if recipe["model"]["arguments"]["image_shape"][0] > 64:
        pytest.skip("too large for a bundled preset; trained in tests/benchmarks")
    model = phases.build(recipe)
    count = 4 * max(3, *(player.every for player in model.players.values()))
    rng = np.random.default_rng(0)
    noise, targets = (
        rng.integers(0, 256, (count, *shape), "uint8")
        for shape in (model.data_shape, model.image_shape)
    )
    beside = None if model.learns_from == "images" else targets
    condition = getattr(model, "condition", Condition())
    if getattr(condition, "num_classes", None):
        beside = np.arange(count) % 10
    captioned = condition.name == "captions"
    if captioned:
        beside = ["red apple"] * count
    for index, phase in enumerate(recipe["phases"]):
        phases.compile_phase(model, phase, index)
        logs = model.fit(noise, beside, batch_size=4, verbose=0).history
        playing = [logs[player.log_as] for player in model.playing]
        assert all(np.isfinite(values).all() for values in playing)
    side, limit = model.image_shape[0], PAIRED_LIMIT
    limit = limit if hasattr(model, "examples") else LIMITS[side]
    limit += TEXT_LIMIT * captioned
    assert 4 * model.count_params() <= 0.98 * limit
