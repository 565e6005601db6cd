"""Speed comparisons: arithmetic, workers, and equal work on both sides."""

import argparse
import json
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from kerasgan import models, registry
from tests.support import checks

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import comparisons  # noqa: E402
import device  # noqa: E402
import kerasgan_side  # noqa: E402
import throughput  # noqa: E402
import worker  # noqa: E402

pytestmark = pytest.mark.backend_free  # speed is measured on TensorFlow

ENTRY = {
    "hardware": {"backend": "jax", "device": "cpu", "cores": 2},
    "precision": "float32",
    "measurements": [],
}


@pytest.fixture(autouse=True)
def no_rest(monkeypatch):
    monkeypatch.setattr(throughput, "REST", 0.0)


def test_sides_run_in_turns_in_alternating_order():
    ran = []
    calls = {name: lambda name=name: ran.append(name) or len(ran) for name in "ab"}
    taken = throughput.alternate(calls, repeats=3)
    assert "".join(ran) == "abbaab"
    assert taken == {"a": [1, 4, 5], "b": [2, 3, 6]}


def test_ratio_is_the_median_over_turns():
    # kerasgan 2, 4, 1 s; the other 3, 4, 4 s: ratios 1.5, 1, 4
    comparison = throughput.compare([2.0, 4.0, 1.0], [3.0, 4.0, 4.0], images=12)
    expected = {"images_per_second": 3.0, "ratio": 1.5, "lowest": 1.0, "highest": 4.0}
    assert comparison == expected


def test_repeat_has_the_requested_duration():
    options = argparse.Namespace(batches=None, seconds=3.0, repeats=2)
    sides = {"kerasgan": lambda n: n * 0.1, "other": lambda n: n * 0.2}
    row = throughput.measure_task("training", sides, 64, options)
    assert (row["batches"], row["images_per_second"]) == (30, 640.0)
    assert row["against"]["other"]["ratio"] == 2.0


def asked(tmp_path, *options, name="dcgan", metadata=None, **arguments):
    """Checks a command for a preset of that family and arguments."""
    config = {"format": 1, "name": name, "arguments": arguments}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "metadata.json").write_text(json.dumps(metadata or {}))
    options = throughput.parse([str(tmp_path), *options])
    comparisons.check_comparable(tmp_path, options)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("wgan_gp", {}),
        ("dcgan", {"penalty_weight": 10.0}),
        ("pix2pix", {"loss": "least_squares"}),
        ("pix2pix", {"adversarial_weight": 0.0}),
    ],
)
def test_peer_is_refused_if_there_is_none(tmp_path, name, arguments):
    asked(tmp_path, name=name, **arguments)
    with pytest.raises(ValueError, match="--peer needs dcgan with penalty_weight=0.0"):
        asked(tmp_path, "--peer", name=name, **arguments)


@pytest.mark.parametrize("name", ["dcgan", "pix2pix"])
def test_plain_families_have_a_peer(tmp_path, name):
    asked(tmp_path, "--peer", name=name)


def test_overhead_needs_dcgan_and_many_batches(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    asked(tmp_path, "--overhead")
    asked(tmp_path, "--overhead", "--batches", "60")
    with pytest.raises(ValueError, match="at least 60 batches.*--batches 59"):
        asked(tmp_path, "--overhead", "--batches", "59")
    with pytest.raises(ValueError, match="--overhead needs dcgan with penalty_weight"):
        asked(tmp_path, "--overhead", name="pix2pix")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with pytest.raises(ValueError, match="KERAS_BACKEND=jax"):
        asked(tmp_path, "--overhead")


def test_start_is_refused_without_generate(tmp_path):
    metadata = {"format": 2, "source_shape": [64, 64, 1]}
    asked(tmp_path, name="pix2pix", metadata=metadata)
    with pytest.raises(ValueError, match="--start measures `kerasgan generate`"):
        asked(tmp_path, "--start", name="pix2pix", metadata=metadata)


def test_overhead_is_measured_on_many_batches():
    options = argparse.Namespace(batches=None, seconds=3.0, repeats=2)
    sides = {"kerasgan": lambda n: n * 0.1, comparisons.HAND: lambda n: n * 0.1}
    assert throughput.measure_task("training", sides, 64, options)["batches"] == 60


def test_networks_of_different_size_are_refused():
    with pytest.raises(ValueError, match="must have the same networks"):
        comparisons.same_networks({"parameters": {"g": 1}}, {"parameters": {"g": 2}})


def test_recording_keeps_all_other_results(tmp_path):
    old = {"training": {"updates": 3}, "throughput": {"torch, cpu, float32": {}}}
    (tmp_path / "results.json").write_text(json.dumps(old))
    throughput.record(tmp_path, ENTRY)
    throughput.record(tmp_path, ENTRY)
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["training"] == old["training"]
    assert list(results["throughput"]) == ["torch, cpu, float32", "jax, cpu, float32"]


@pytest.fixture
def echo(tmp_path, monkeypatch):
    source = (
        "import json, sys\n"
        "from worker import serve\n"
        "print('noise')\n"
        "options = json.loads(sys.argv[1])\n"
        "def add(a):\n"
        "    print('noise')\n"
        "    return a + options['b']\n"
        "serve({'add': add})\n"
    )
    (tmp_path / "echo_worker.py").write_text(source.replace("print('noise')\n", "", 1))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def test_worker_answers_despite_other_output(echo):
    with worker.Worker("echo_worker", b=2) as side:
        assert [side.ask("add", a=1), side.ask("add", a=5)] == [3, 7]


def test_worker_that_ended_is_reported(echo, capfd):
    with worker.Worker("echo_worker", b=2) as side:
        with pytest.raises(RuntimeError, match="exit code 1"):
            side.ask("multiply", a=1)
    assert "KeyError: 'multiply'" in capfd.readouterr().err


def test_peer_computes_the_same_as_dcgan():
    torch = pytest.importorskip("torch")
    from peers import torch_dcgan

    shape = [16, 32, 3]
    gan = models.DCGAN(image_shape=shape, latent_dim=5, width=4, discriminator_width=2)
    weights = {n: getattr(gan, n).get_weights() for n in ("generator", "discriminator")}
    adam = {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.999, "epsilon": 1e-7}
    arguments = gan.arguments
    peer = torch_dcgan.Peer(arguments, dict.fromkeys(weights, adam), weights, False)
    rng, numpy = np.random.default_rng(0), keras.ops.convert_to_numpy
    latents = rng.standard_normal((3, 5), dtype="float32")
    real = rng.uniform(-1, 1, (3, *shape)).astype("float32")
    device = torch_dcgan.DEVICE
    with torch.no_grad():
        peer.generator.eval(), peer.discriminator.eval()
        images = peer.generator(torch.from_numpy(latents).to(device))
        rows = np.ascontiguousarray(real.transpose(0, 3, 1, 2))
        logits = peer.discriminator(torch.from_numpy(rows).to(device))
    own = gan.generator(latents, training=False)
    np.testing.assert_allclose(images.cpu().permute(0, 2, 3, 1), numpy(own), atol=1e-5)
    own = gan.discriminator(real, training=False)
    np.testing.assert_allclose(logits.cpu(), numpy(own), atol=1e-5)


def test_peer_adds_noise_in_training_only():
    torch = pytest.importorskip("torch")
    from peers import torch_dcgan

    critic = torch_dcgan.build_discriminator((28, 28, 1), 2, noise=0.5)
    images = torch.zeros(64, 1, 28, 28)
    assert critic[0](images).std().item() == pytest.approx(0.5, rel=0.05)
    assert not critic.eval()[0](images).any()


def test_peer_has_as_many_parameters_and_makes_uint8():
    pytest.importorskip("torch")
    from peers import torch_dcgan

    gan = models.DCGAN(latent_dim=5, width=4)  # 28 pixels, whose 7 are odd
    weights = {n: getattr(gan, n).get_weights() for n in ("generator", "discriminator")}
    adam = {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.999, "epsilon": 1e-7}
    specs = dict.fromkeys(weights, adam)
    peer = torch_dcgan.Peer(gan.arguments, specs, weights, bfloat16=True)
    for name in weights:
        count = sum(t.numel() for t in torch_dcgan.tensors(getattr(peer, name)))
        assert count == getattr(gan, name).count_params()
    images = peer.generate(batches=2, batch_size=3)
    assert images.shape == (6, 28, 28, 1) and images.dtype == np.uint8


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="the loop is written in TensorFlow"
)
def test_hand_written_loop_moves_every_network():
    from overhead import HandWritten

    gan = models.DCGAN(image_shape=(16, 16, 1), latent_dim=4, width=2)
    gan.compile()
    parts = [gan.generator, gan.discriminator, gan.generator_ema]
    before = [part.get_weights() for part in parts]
    loop = HandWritten(gan)
    images = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 1), dtype="uint8")
    means = loop.fit(loop.data(images, 4))
    assert set(means) == set(gan.trackers) and np.isfinite(list(means.values())).all()
    for part, old in zip(parts, before, strict=True):
        pairs = zip(old, part.get_weights(), strict=True)
        assert all((a != b).any() for a, b in pairs)


@pytest.mark.parametrize("penalty_weight", [0.0, 10.0])
def test_operations_of_a_step_are_plausible(penalty_weight):
    """A step has at least the discriminator's operations on real and fake images."""
    shape = {"image_shape": (16, 16, 1), "latent_dim": 4, "width": 4}
    gan = models.DCGAN(penalty_weight=penalty_weight, **shape)
    gan.compile()
    operations = device.step_operations(gan, 8)
    kernels = [w.shape for w in gan.discriminator.weights if len(w.shape) == 4]
    sides = 8, 4
    convolutions = sum(
        2 * 8 * side**2 * np.prod(shape)
        for side, shape in zip(sides, kernels, strict=True)
    )
    assert 5 * convolutions < operations < 40 * convolutions


def test_operations_of_a_translator_are_plausible():
    model = models.Pix2Pix(image_shape=(16, 16, 3), width=8, widest=1, depth=1)
    model.compile()
    operations = device.step_operations(model, 4)
    layers = [w.shape for w in model.generator.weights if len(w.shape) == 4]
    sides = 8, 4, 2, 1, 1, 2, 4, 8  # of the smaller of both images
    forward = sum(
        2 * 4 * side**2 * np.prod(shape)
        for side, shape in zip(sides, layers, strict=True)
    )
    assert 3 * forward < operations < 40 * forward  # both networks, forward and back


@pytest.mark.parametrize("name", sorted(checks.TRANSLATORS))
def test_translators_learn_and_are_used(name, tmp_path, monkeypatch):
    monkeypatch.setattr(kerasgan_side, "PAIRS", 3)
    model = checks.tiny(name)
    model.save_to_preset(tmp_path / "preset")
    side = kerasgan_side.KerasganSide(str(tmp_path / "preset"), None, str(tmp_path))
    facts = side.facts()
    assert facts["task"] == model.task and set(facts["parameters"]) == set(model.stored)
    data = side._data(batches=2, batch_size=2)
    assert len(data) == 2
    batch = side.gan.unpack(data[0])
    assert batch.source.shape == (2, *model.source_shape)
    assert batch.target.shape == (2, *model.image_shape)
    assert side.sample(batches=2, batch_size=2) > 0
    with np.load(tmp_path / "weights.npz") as weights:
        stored = sum(len(network.weights) for network in model.networks.values())
        assert len(weights.files) == stored


def test_images_are_not_measured_as_latents_are():
    assert comparisons.batch_sizes(None) == [1, 64, 128, 1024]
    assert "sampling" in comparisons.protocol_of(None)
    for name in checks.TRANSLATORS:
        task = registry.lookup(name).task
        assert comparisons.batch_sizes(task) == [1, 64]
        use = comparisons.protocol_of(task)[comparisons.USES[task]]
        assert f"`{task}`" in use


@pytest.mark.parametrize(
    ("options", "dtype"), [([], "mixed_bfloat16"), (["--dtype", "float32"], "float32")]
)
def test_kerasgan_runs_in_the_recipes_precision(monkeypatch, options, dtype):
    class Asked(Exception):
        pass

    def worker(_, **start):
        raise Asked(start["dtype"])

    monkeypatch.setattr(throughput, "Worker", worker)
    with pytest.raises(Asked, match=dtype):
        throughput.main(["r3gan_mnist", *options])


def test_device_is_described():
    assert device.name() == "cpu" or device.driver()
    assert device.peak_memory() > 50
    assert device.matrix_peak("float32") > 1e8


def test_share_of_the_peak_follows_from_images_per_second():
    row = {"images_per_second": 640.0, "batch_size": 64}
    operations = throughput.operations(row, {"step": 5e9, "peak": 1e12})
    assert operations["operations_per_second"] == 5e10
    assert operations["share_of_peak"] == 0.05
