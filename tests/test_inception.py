"""Inception 2015-12-05 against torch-fidelity, and where its weights come from."""

import hashlib
import http.server
import json
import socket
import sys
import threading
import types
from collections import OrderedDict

import keras
import numpy as np
import pytest
from keras import layers, ops

from kerasgan.errors import InceptionUnavailableError
from kerasgan.metrics import inception, inception_weights

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 12, 20, 3)).astype("uint8")


def random_state(network, seed=0):
    """A checkpoint whose activations neither vanish nor explode (He et al. 2015)."""
    rng, state = np.random.default_rng(seed), {}
    for name, shape in inception_weights.expected_entries(network).items():
        if len(shape) > 1:
            state[name] = rng.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape)
        elif name.endswith(("bn.weight", "running_var")):
            state[name] = rng.uniform(0.8, 1.2, shape)
        else:
            state[name] = rng.normal(0, 0.1, shape)
    return {name: value.astype("float32") for name, value in state.items()}


@pytest.fixture(scope="module")
def network():
    """The network with random weights."""
    network = inception.build_inception()
    inception_weights.assign(network, random_state(network))
    return network


@pytest.fixture(scope="module")
def outputs(network):
    return network.predict_on_batch(IMAGES)


# The network


def test_features_and_logits_have_their_shapes(outputs):
    assert outputs["pool"].shape == (2, 2048)
    assert outputs["logits"].shape == (2, 1008)
    assert {value.dtype for value in outputs.values()} == {np.dtype("float32")}


def test_logits_are_the_features_times_the_kernel_without_a_bias(network, outputs):
    (kernel,) = network.get_layer("fc").get_weights()
    expected = outputs["pool"] @ kernel
    np.testing.assert_allclose(outputs["logits"], expected, rtol=1e-4, atol=1e-4)


def test_network_has_the_parameters_of_inception_v3():
    """Counts of `keras.applications.InceptionV3(include_top=False)`.

    Its 21 802 784 hold kernels and three numbers for each of 17 216 channels. Ours have
    one, a bias, and 2048 x 1008 logits.
    """
    expected = 21_802_784 - 2 * 17_216 + 2048 * 1008
    assert inception.build_inception().count_params() == expected


def test_network_computes_in_float32_under_mixed_precision(network, outputs):
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        other = inception.build_inception()
        other.set_weights(network.get_weights())
        found = other.predict_on_batch(IMAGES)
    finally:
        keras.config.set_dtype_policy(policy)
    assert found["pool"].dtype == np.float32
    np.testing.assert_allclose(found["pool"], outputs["pool"], rtol=1e-5)


@pytest.mark.parametrize(
    ("block", "kind"),
    [("5b", "average"), ("6e", "average"), ("7b", "average"), ("7c", "max")],
)
def test_only_the_last_block_pools_by_maximum(network, block, kind):
    after = network.get_layer(f"Mixed_{block}-branch_pool")
    assert after.input._keras_history.operation.name.startswith(kind)


def test_average_pooling_does_not_count_padding():
    images = ops.reshape(ops.array([1.0, 2.0, 3.0, 6.0]), (1, 2, 2, 1))
    found = ops.convert_to_numpy(inception.pool(images, "average"))
    np.testing.assert_allclose(found, np.full((1, 2, 2, 1), 3.0), rtol=1e-6)


def test_maximum_pooling_does_not_count_padding():
    found = ops.convert_to_numpy(inception.pool(ops.full((1, 3, 3, 1), -2.0), "max"))
    np.testing.assert_array_equal(found, np.full((1, 3, 3, 1), -2.0))


def test_preparation_maps_0_128_and_255_as_in_training():
    images = np.array([0, 128, 255], "uint8").reshape(3, 1, 1, 1)
    found = inception.Preparation(dtype="float32")(ops.convert_to_tensor(images))
    found = ops.convert_to_numpy(found)
    assert found.shape == (3, 299, 299, 1)
    assert found[:, 7, 8, 0].tolist() == [-1.0, 0.0, 127 / 128]


# Resizing


def resized_by_hand(images, size):
    """Row i of the result lies at row i * H / size; below the last row, the last."""
    _, height, width, _ = images.shape
    y, x = np.arange(size) * height / size, np.arange(size) * width / size
    top, left = y.astype(int), x.astype(int)
    below, right = np.minimum(top + 1, height - 1), np.minimum(left + 1, width - 1)
    y, x = (y - top)[:, None, None], (x - left)[:, None]
    upper = images[:, top][:, :, left] * (1 - x) + images[:, top][:, :, right] * x
    lower = images[:, below][:, :, left] * (1 - x) + images[:, below][:, :, right] * x
    return upper * (1 - y) + lower * y


@pytest.mark.parametrize("sides", [(12, 20), (28, 28), (299, 299), (400, 310), (1, 3)])
def test_resizing_is_that_of_tensorflow_1(sides):
    images = np.random.default_rng(1).random((2, *sides, 3)).astype("float32")
    found = ops.convert_to_numpy(inception.resize_tf1(ops.array(images)))
    expected = resized_by_hand(images.astype("float64"), 299)
    # A row's position is a float32 below 512: wrong by 3e-5 at most.
    np.testing.assert_allclose(found, expected, atol=1e-5 if max(sides) < 99 else 6e-5)


def test_resizing_two_pixels_to_four_repeats_the_last():
    images = np.array([0, 100], "uint8").reshape(1, 1, 2, 1)
    found = ops.convert_to_numpy(inception.resize_tf1(ops.array(images), 4))
    assert found[0, 0, :, 0].tolist() == [0.0, 50.0, 100.0, 100.0]


def test_one_network_takes_images_of_several_sizes():
    """TensorFlow compiles the later ones for sides that are unknown."""
    images = keras.Input((None, None, 3))
    model = keras.Model(images, inception.Preparation(dtype="float32")(images))
    for side in (5, 6, 7, 9):
        batch = np.random.default_rng(side).integers(0, 256, (1, side, side + 1, 3))
        expected = (resized_by_hand(batch.astype("float64"), 299) - 128) / 128
        found = model.predict_on_batch(batch.astype("uint8"))
        np.testing.assert_allclose(found, expected, atol=1e-5)


# Against torch-fidelity


@pytest.fixture(scope="module")
def fidelity():
    """torch-fidelity; of torchvision, which it imports, it gets a stub."""
    pytest.importorskip("torch", reason="PyTorch is not installed")
    functional = types.ModuleType("torchvision.transforms.functional")
    transforms = types.ModuleType("torchvision.transforms")
    datasets = types.ModuleType("torchvision.datasets")
    vision = types.ModuleType("torchvision")
    vision.transforms, vision.datasets = transforms, datasets
    transforms.functional = functional
    for name in ("CIFAR10", "CIFAR100", "STL10"):
        setattr(datasets, name, type(name, (), {}))
    with pytest.MonkeyPatch.context() as patch:
        for stub in (functional, transforms, datasets, vision):
            patch.setitem(sys.modules, stub.__name__, stub)
        module = pytest.importorskip(
            "torch_fidelity", reason="torch-fidelity is not installed"
        )
        yield module
        for name in [n for n in sys.modules if n.startswith("torch_fidelity")]:
            patch.delitem(sys.modules, name)


def channels_first(images):
    import torch

    return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))


@pytest.mark.parametrize("sides", [(12, 20), (32, 32), (64, 48)])
def test_resizing_is_that_of_torch_fidelity(fidelity, sides):
    images = np.random.default_rng(2).random((2, *sides, 3)).astype("float32")
    module = sys.modules["torch_fidelity.interpolate_compat_tensorflow"]
    expected = module.interpolate_bilinear_2d_like_tensorflow1x(
        channels_first(images), size=(299, 299), align_corners=False
    )
    found = ops.convert_to_numpy(inception.resize_tf1(ops.array(images)))
    expected = expected.numpy().transpose(0, 2, 3, 1)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_features_and_logits_are_those_of_torch_fidelity(
    fidelity, network, outputs, tmp_path
):
    """Differs by rounding: 1e-4 of the value, and of the mean where it is small."""
    import torch

    path = tmp_path / "random.pth"
    state = random_state(network)
    torch.save({name: torch.from_numpy(value) for name, value in state.items()}, path)
    module = sys.modules["torch_fidelity.feature_extractor_inceptionv3"]
    extractor = module.FeatureExtractorInceptionV3(
        "inception",
        ["2048", "logits_unbiased"],
        feature_extractor_weights_path=str(path),
    )
    for key, tensor in zip(
        ("pool", "logits"), extractor(channels_first(IMAGES)), strict=True
    ):
        expected = tensor.numpy()
        assert 0.01 < expected.std() < 100.0
        scale = 1e-4 * np.abs(expected).mean()
        np.testing.assert_allclose(outputs[key], expected, rtol=1e-4, atol=scale)


# Features in batches


@pytest.fixture
def features(monkeypatch):
    """`InceptionFeatures` with means over the image in place of the network."""
    images = keras.Input((None, None, 3), dtype="float32")
    means = layers.GlobalAveragePooling2D()(images)
    model = keras.Model(images, {"pool": means, "logits": means * 2.0})
    monkeypatch.setattr(inception, "build_inception", lambda: model)
    monkeypatch.setattr(inception_weights, "load", lambda network, path: None)
    return inception.InceptionFeatures(batch_size=3)


@pytest.mark.parametrize("count", [1, 3, 7])
def test_batches_give_each_image_its_features(features, count):
    images = np.random.default_rng(3).integers(0, 256, (count, 4, 5, 3)).astype("uint8")
    found = features(images)
    expected = images.mean((1, 2))
    np.testing.assert_allclose(found["pool"], expected, rtol=1e-5)
    np.testing.assert_allclose(found["logits"], 2 * expected, rtol=1e-5)
    assert features.note == ""


def test_grey_images_are_repeated_to_three_channels_and_the_note_says_so(features):
    images = IMAGES[..., :1]
    np.testing.assert_array_equal(
        features(images)["pool"], features(images.repeat(3, axis=-1))["pool"]
    )
    assert "repeated" in features.note


def test_features_refuse_floats_and_name_the_remedy(features):
    with pytest.raises(TypeError, match="to_uint8"):
        features(np.zeros((2, 4, 4, 3), "float32"))


@pytest.mark.parametrize("shape", [(4, 4, 3), (2, 4, 4, 4), (0, 4, 4, 3)])
def test_features_refuse_what_is_no_batch_of_images(features, shape):
    with pytest.raises(ValueError, match="one image"):
        features(np.zeros(shape, "uint8"))


# Weights, on a small network of the same kinds of layers


def small_network():
    images = keras.Input((6, 6, 3))
    x = layers.Conv2D(4, (1, 3), padding="same", activation="relu", name="A-b")(images)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(images, layers.Dense(5, use_bias=False, name="fc")(x))


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache folder, and no network beyond this machine."""
    monkeypatch.setenv("KERASGAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("KERASGAN_INCEPTION", raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(inception_weights, "URL", "http://127.0.0.1:1/checkpoint")
    return tmp_path / "cache"


@pytest.fixture
def checkpoint(tmp_path, monkeypatch):
    """A checkpoint of the small network, whose hash is the expected one.

    In PyTorch's older format, in which the one of 2020 may be.
    """
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    state = random_state(small_network())
    tensors = {name: torch.from_numpy(value) for name, value in state.items()}
    tensors["A.b.bn.num_batches_tracked"] = torch.tensor(7)
    path = tmp_path / "elsewhere" / inception_weights.CHECKPOINT
    path.parent.mkdir()
    torch.save(OrderedDict(tensors), path, _use_new_zipfile_serialization=False)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(inception_weights, "CHECKPOINT_SHA256", digest[:8])
    return path


@pytest.fixture
def without_torch(monkeypatch):
    def forbid():
        monkeypatch.setitem(sys.modules, "torch", None)

    return forbid


def kernel_of(network):
    return network.get_layer("A-b").get_weights()[0]


def test_assign_folds_the_normalization_into_the_convolution():
    network = small_network()
    state = random_state(network)
    inception_weights.assign(network, state)
    images = np.random.default_rng(4).random((2, 6, 6, 3)).astype("float32")
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (0, 0)))
    windows = np.stack([padded[:, :, k : k + 6] for k in range(3)])  # columns
    x = np.einsum("knhwi,oik->nhwo", windows, state["A.b.conv.weight"][:, :, 0])
    x = (x - state["A.b.bn.running_mean"]) / np.sqrt(
        state["A.b.bn.running_var"] + 1e-3
    ) * state["A.b.bn.weight"] + state["A.b.bn.bias"]
    expected = np.maximum(x, 0).mean((1, 2)) @ state["fc.weight"].T
    found = ops.convert_to_numpy(network(images))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (lambda state: state.pop("A.b.bn.bias"), r"Missing: A\.b\.bn\.bias"),
        (lambda state: state.update(extra=np.zeros(1)), "surplus: extra"),
        (
            lambda state: state.update({"fc.weight": np.zeros((4, 5))}),
            r"fc\.weight must have shape \(5, 4\).*\(4, 5\)",
        ),
    ],
)
def test_assign_refuses_the_checkpoint_of_another_network(change, finding):
    network = small_network()
    state = random_state(network)
    change(state)
    with pytest.raises(InceptionUnavailableError, match=finding):
        inception_weights.assign(network, state)


def test_a_converted_checkpoint_is_kept_and_needs_no_torch(
    checkpoint, cache, without_torch
):
    first, second = small_network(), small_network()
    inception_weights.load(first, checkpoint)
    checkpoint.unlink()
    without_torch()
    inception_weights.load(second)
    for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    found = sorted(path.name for path in cache.iterdir())
    assert found == ["inception-2015-12-05.json", "inception-2015-12-05.weights.h5"]


def test_the_environment_variable_names_the_checkpoint(checkpoint, monkeypatch):
    monkeypatch.setenv("KERASGAN_INCEPTION", str(checkpoint))
    network = small_network()
    inception_weights.load(network)
    assert not np.array_equal(kernel_of(network), kernel_of(small_network()))


def test_a_path_goes_before_the_environment_variable(checkpoint, monkeypatch):
    monkeypatch.setenv("KERASGAN_INCEPTION", "/nowhere.pth")
    inception_weights.load(small_network(), checkpoint)


def test_the_environment_variable_may_name_a_converted_file(
    checkpoint, cache, monkeypatch, tmp_path
):
    expected, network = small_network(), small_network()
    inception_weights.load(expected, checkpoint)
    cache.rename(tmp_path / "moved")
    moved = tmp_path / "moved" / "inception-2015-12-05.weights.h5"
    monkeypatch.setenv("KERASGAN_INCEPTION", str(moved))
    inception_weights.load(network)
    np.testing.assert_array_equal(kernel_of(network), kernel_of(expected))


def test_a_checkpoint_in_the_cache_is_found(checkpoint, cache):
    cache.mkdir()
    checkpoint.rename(cache / checkpoint.name)
    inception_weights.load(small_network())
    assert (cache / "inception-2015-12-05.weights.h5").exists()


def test_a_named_file_that_is_absent_is_an_error_even_with_a_cache(checkpoint):
    inception_weights.load(small_network(), checkpoint)
    with pytest.raises(InceptionUnavailableError, match="nowhere"):
        inception_weights.load(small_network(), "/nowhere.pth")


def damage(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def test_a_damaged_converted_file_in_the_cache_is_made_again(checkpoint, cache):
    expected, network = small_network(), small_network()
    inception_weights.load(expected, checkpoint)
    checkpoint.rename(cache / checkpoint.name)
    damage(cache / "inception-2015-12-05.weights.h5")
    inception_weights.load(network)
    np.testing.assert_array_equal(kernel_of(network), kernel_of(expected))
    assert inception_weights._trusted(network, cache / inception_weights.CONVERTED)


@pytest.mark.parametrize("fault", ["damaged", "no record", "layers in another order"])
def test_a_converted_file_that_differs_from_its_record_is_refused(
    checkpoint, cache, fault
):
    inception_weights.load(small_network(), checkpoint)
    path = cache / "inception-2015-12-05.weights.h5"
    record = cache / "inception-2015-12-05.json"
    if fault == "damaged":
        damage(path)
    elif fault == "no record":
        record.unlink()
    else:
        record.write_text(json.dumps(json.loads(record.read_text()) | {"layers": ""}))
    with pytest.raises(InceptionUnavailableError, match="record"):
        inception_weights.load(small_network(), path)


def test_a_cache_that_cannot_be_written_to_is_a_warning(checkpoint, cache):
    cache.write_text("a file where the folder should be")
    network = small_network()
    with pytest.warns(UserWarning, match="KERASGAN_CACHE"):
        inception_weights.load(network, checkpoint)
    assert np.any(kernel_of(network) != kernel_of(small_network()))


@pytest.mark.backend_free
@pytest.mark.parametrize("new", [True, False], ids=["zip", "older format"])
def test_a_checkpoint_is_read_in_both_of_pytorchs_formats(tmp_path, monkeypatch, new):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    path = tmp_path / "file.pth"
    tensors = OrderedDict(a=torch.arange(6.0).reshape(2, 3))
    torch.save(tensors, path, _use_new_zipfile_serialization=new)
    monkeypatch.setattr(inception_weights, "CHECKPOINT_SHA256", "")
    found = inception_weights.read_checkpoint(path)
    assert found["a"].tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]


@pytest.mark.backend_free
def test_a_checkpoint_that_would_run_code_is_refused(tmp_path, monkeypatch):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    path = tmp_path / "file.pth"
    torch.save({"a": socket.socket}, path)
    monkeypatch.setattr(inception_weights, "CHECKPOINT_SHA256", "")
    with pytest.raises(Exception, match="[Ww]eights.only"):
        inception_weights.read_checkpoint(path)


@pytest.mark.backend_free
def test_a_checkpoint_with_another_hash_is_refused(tmp_path):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    path = tmp_path / inception_weights.CHECKPOINT
    path.write_bytes(b"something else")
    with pytest.raises(InceptionUnavailableError, match="begins with 6726825d"):
        inception_weights.read_checkpoint(path)


def test_without_torch_the_extra_is_named_before_anything_is_fetched(without_torch):
    network = small_network()
    without_torch()
    with pytest.raises(ImportError, match=r'pip install "kerasgan\[torch\]"'):
        inception_weights.load(network)


@pytest.mark.backend_free
def test_the_error_says_how_to_get_the_file(cache):
    """Port 1 of this machine: nothing listens there."""
    with pytest.raises(InceptionUnavailableError) as caught:
        inception_weights.download(cache / "file.pth")
    message = str(caught.value)
    assert str(cache / "weights-inception-2015-12-05-6726825d.pth") in message
    assert "KERASGAN_INCEPTION" in message and inception_weights.URL in message


# Fetching, from a server on this machine


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers /whole, /cut (half of what it promises) and 404."""

    content = b"checkpoint" * 20_000

    def do_GET(self):
        if self.path not in ("/whole", "/cut"):
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()
        part = len(self.content) // (2 if self.path == "/cut" else 1)
        self.wfile.write(self.content[:part])

    def log_message(self, *args):
        pass


@pytest.fixture
def serve(monkeypatch):
    """A function that makes `download` ask this machine for a path."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()

    def ask(path):
        url = f"http://127.0.0.1:{server.server_port}/{path}"
        monkeypatch.setattr(inception_weights, "URL", url)
        digest = hashlib.sha256(Handler.content).hexdigest()
        monkeypatch.setattr(inception_weights, "CHECKPOINT_SHA256", digest[:8])

    yield ask
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.backend_free
def test_download_writes_the_file_and_tells_stderr(serve, tmp_path, capsys):
    serve("whole")
    inception_weights.download(tmp_path / "new" / "file.pth")
    assert (tmp_path / "new" / "file.pth").read_bytes() == Handler.content
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["file.pth"]
    told = capsys.readouterr()
    assert "Downloading http://127.0.0.1" in told.err and told.out == ""


@pytest.mark.backend_free
def test_download_refuses_another_file(serve, tmp_path, monkeypatch):
    serve("whole")
    monkeypatch.setattr(inception_weights, "CHECKPOINT_SHA256", "6726825d")
    with pytest.raises(InceptionUnavailableError, match="begins with 6726825d"):
        inception_weights.download(tmp_path / "new" / "file.pth")
    assert not list((tmp_path / "new").iterdir())


@pytest.mark.backend_free
@pytest.mark.parametrize(("path", "finding"), [("cut", "bytes"), ("absent", "404")])
def test_download_that_fails_leaves_nothing(serve, tmp_path, path, finding):
    serve(path)
    folder = tmp_path / "new"
    with pytest.raises(InceptionUnavailableError, match=finding):
        inception_weights.download(folder / "file.pth")
    assert not folder.exists() or not list(folder.iterdir())


@pytest.mark.backend_free
def test_download_from_a_machine_that_refuses_is_an_error(tmp_path, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/file"
    monkeypatch.setattr(inception_weights, "URL", url)
    with pytest.raises(InceptionUnavailableError, match="refused"):
        inception_weights.download(tmp_path / "file.pth")


@pytest.mark.backend_free
def test_download_to_a_disk_that_is_full_is_an_error(serve, tmp_path, monkeypatch):
    serve("whole")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kerasgan.files.os.fsync", full)
    with pytest.raises(InceptionUnavailableError, match="No space left"):
        inception_weights.download(tmp_path / "file.pth")
    assert not (tmp_path / "file.pth").exists()


def test_what_was_downloaded_is_converted_and_loaded(
    serve, checkpoint, cache, monkeypatch
):
    monkeypatch.setattr(Handler, "content", checkpoint.read_bytes())
    serve("whole")
    network = small_network()
    inception_weights.load(network)
    kernel = random_state(network)["A.b.conv.weight"]
    assert kernel_of(network).shape == kernel.transpose(2, 3, 1, 0).shape
    assert (cache / inception_weights.CHECKPOINT).exists()
