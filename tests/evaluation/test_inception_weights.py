"""The weights of Inception, with a small network of the same kind."""

import hashlib
import http.server
import json
import socket
import sys
import threading
from collections import OrderedDict

import keras
import numpy as np
import pytest
from keras import layers, ops

from kerasgan.errors import InceptionUnavailableError
from kerasgan.evaluation import inception_weights
from tests.evaluation.helpers import random_state


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

    In the older format of PyTorch, as the file of 2020 may be.
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
    result = ops.convert_to_numpy(network(images))
    np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (lambda state: state.pop("A.b.bn.bias"), r"Missing: A\.b\.bn\.bias"),
        (lambda state: state.update(extra=np.zeros(1)), "surplus: extra"),
        (
            lambda state: state.update({"fc.weight": np.zeros((4, 5))}),
            r"fc\.weight .* must have shape \(5, 4\).*\(4, 5\)",
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
    names = sorted(path.name for path in cache.iterdir())
    assert names == ["inception-2015-12-05.json", "inception-2015-12-05.weights.h5"]


def test_the_environment_variable_names_the_checkpoint(checkpoint, monkeypatch):
    monkeypatch.setenv("KERASGAN_INCEPTION", str(checkpoint))
    network = small_network()
    inception_weights.load(network)
    assert not np.array_equal(kernel_of(network), kernel_of(small_network()))


def test_a_path_overrides_the_environment_variable(checkpoint, monkeypatch):
    expected, network = small_network(), small_network()
    inception_weights.load(expected, checkpoint)
    monkeypatch.setenv("KERASGAN_INCEPTION", "/nowhere.pth")
    inception_weights.load(network, checkpoint)
    np.testing.assert_array_equal(kernel_of(network), kernel_of(expected))


def test_the_environment_variable_takes_a_converted_file(
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


def test_a_missing_named_file_is_an_error_with_a_cache(checkpoint):
    inception_weights.load(small_network(), checkpoint)
    with pytest.raises(InceptionUnavailableError, match="nowhere"):
        inception_weights.load(small_network(), "/nowhere.pth")


def damage(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def test_a_damaged_converted_file_is_converted_again(checkpoint, cache):
    expected, network = small_network(), small_network()
    inception_weights.load(expected, checkpoint)
    checkpoint.rename(cache / checkpoint.name)
    damage(cache / "inception-2015-12-05.weights.h5")
    inception_weights.load(network)
    np.testing.assert_array_equal(kernel_of(network), kernel_of(expected))
    assert inception_weights._trusted(network, cache / inception_weights.CONVERTED)


@pytest.mark.parametrize("fault", ["damaged", "no record", "layers in another order"])
def test_a_converted_file_must_match_its_record(checkpoint, cache, fault):
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


def test_a_read_only_cache_gives_a_warning(checkpoint, cache):
    cache.write_text("a file where the folder should be")
    network = small_network()
    with pytest.warns(UserWarning, match="KERASGAN_CACHE"):
        inception_weights.load(network, checkpoint)
    assert np.any(kernel_of(network) != kernel_of(small_network()))


@pytest.mark.backend_free
@pytest.mark.parametrize("new", [True, False], ids=["zip", "older format"])
def test_checkpoints_are_read_in_both_formats(tmp_path, monkeypatch, new):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    path = tmp_path / "file.pth"
    tensors = OrderedDict(a=torch.arange(6.0).reshape(2, 3))
    torch.save(tensors, path, _use_new_zipfile_serialization=new)
    monkeypatch.setattr(inception_weights, "CHECKPOINT_SHA256", "")
    state = inception_weights.read_checkpoint(path)
    assert state["a"].tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]


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
    with pytest.raises(InceptionUnavailableError, match="must begin with 6726825d"):
        inception_weights.read_checkpoint(path)


def test_without_torch_the_extra_is_named_before_a_download(without_torch):
    network = small_network()
    without_torch()
    with pytest.raises(ImportError, match=r'pip install "\.\[torch\]"'):
        inception_weights.load(network)


@pytest.mark.backend_free
def test_the_error_says_how_to_get_the_file(cache):
    """Nothing listens on port 1 of this machine."""
    with pytest.raises(InceptionUnavailableError) as caught:
        inception_weights.download(cache / "file.pth")
    message = str(caught.value)
    assert str(cache / "weights-inception-2015-12-05-6726825d.pth") in message
    assert "KERASGAN_INCEPTION" in message and inception_weights.URL in message


# Downloads from a server on this machine


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves /whole, /cut (half of the promised bytes) and 404."""

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
    """A function that lets `download` request a path from this machine."""
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
def test_download_writes_the_file_and_reports_on_stderr(serve, tmp_path, capsys):
    serve("whole")
    inception_weights.download(tmp_path / "new" / "file.pth")
    assert (tmp_path / "new" / "file.pth").read_bytes() == Handler.content
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["file.pth"]
    shown = capsys.readouterr()
    assert "Downloading http://127.0.0.1" in shown.err and shown.out == ""


@pytest.mark.backend_free
def test_download_refuses_another_file(serve, tmp_path, monkeypatch):
    serve("whole")
    monkeypatch.setattr(inception_weights, "CHECKPOINT_SHA256", "6726825d")
    with pytest.raises(InceptionUnavailableError, match="must begin with 6726825d"):
        inception_weights.download(tmp_path / "new" / "file.pth")
    assert not list((tmp_path / "new").iterdir())


@pytest.mark.backend_free
@pytest.mark.parametrize(("path", "finding"), [("cut", "bytes"), ("absent", "404")])
def test_a_failed_download_leaves_nothing(serve, tmp_path, path, finding):
    serve(path)
    folder = tmp_path / "new"
    with pytest.raises(InceptionUnavailableError, match=finding):
        inception_weights.download(folder / "file.pth")
    assert not folder.exists() or not list(folder.iterdir())


@pytest.mark.backend_free
def test_a_refused_connection_is_an_error(tmp_path, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/file"
    monkeypatch.setattr(inception_weights, "URL", url)
    with pytest.raises(InceptionUnavailableError, match="refused"):
        inception_weights.download(tmp_path / "file.pth")


@pytest.mark.backend_free
def test_a_download_to_a_full_disk_is_an_error(serve, tmp_path, monkeypatch):
    serve("whole")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kerasgan.files.os.fsync", full)
    with pytest.raises(InceptionUnavailableError, match="No space left"):
        inception_weights.download(tmp_path / "file.pth")
    assert not (tmp_path / "file.pth").exists()


def test_a_download_is_converted_and_loaded(serve, checkpoint, cache, monkeypatch):
    monkeypatch.setattr(Handler, "content", checkpoint.read_bytes())
    serve("whole")
    network = small_network()
    inception_weights.load(network)
    kernel = random_state(network)["A.b.conv.weight"]
    assert kernel_of(network).shape == kernel.transpose(2, 3, 1, 0).shape
    assert (cache / inception_weights.CHECKPOINT).exists()
