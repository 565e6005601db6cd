"""`export` writes the network that `generate` uses."""

import warnings

import keras
import numpy as np
import pytest

from tests.support import checks

TORCH = keras.backend.backend() == "torch"


def packed(inputs):
    """One input alone, several as a list."""
    inputs = list(inputs)
    return inputs if len(inputs) > 1 else inputs[0]


def exported(model, folder, **options):
    """A function from arrays to the outputs of a network that was exported."""
    path = folder / ("network.pt2" if TORCH else "network")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the backends' exporters
        model.export(path, verbose=False, **options)
        if TORCH:
            import torch

            program = torch.export.load(path).module()
            return lambda *x: program(packed(map(torch.as_tensor, x))).detach().numpy()
        import tensorflow as tf

        loaded = tf.saved_model.load(str(path))
        folder = loaded  # kept, because its function holds no reference
        return lambda *x: folder.serve(packed(x)).numpy()


@pytest.mark.parametrize("name", ["dcgan", "infogan", "f_anogan", "pix2pix"])
def test_a_model_exports_its_generator(name, tmp_path):
    model = checks.tiny(name)
    run = exported(model, tmp_path)
    rng = np.random.default_rng(0)
    shape = model.stored_network("generator").inputs[0].shape[1:]
    shape = [length or 16 for length in shape]  # of free sides
    inputs = rng.uniform(-1, 1, (1, *shape)).astype("float32")
    expected = model.infer("generator", [inputs])
    np.testing.assert_allclose(run(inputs), expected, atol=1e-5)


def test_a_conditional_model_exports_both_inputs(tmp_path):
    model = checks.tiny("cgan")
    inputs = np.zeros((1, 8), "float32"), np.ones(1, "int32")
    expected = model.infer("generator", inputs)
    np.testing.assert_allclose(exported(model, tmp_path)(*inputs), expected, atol=1e-5)


def test_another_network_is_exported_by_its_name(tmp_path):
    model = checks.tiny("cyclegan")
    run = exported(model, tmp_path, network="backward_generator")
    inputs = checks.pictures(1)
    expected = model.infer("backward_generator", [inputs])
    np.testing.assert_allclose(run(inputs), expected, atol=1e-5)


def test_an_unknown_network_is_refused(tmp_path):
    message = "`network` must be one of 'generator', 'discriminator'. Received: .*'gen'"
    with pytest.raises(ValueError, match=message):
        checks.tiny("dcgan").export(tmp_path / "x", network="gen")
    sampler = checks.tiny("dcgan", networks="sampler")
    with pytest.raises(ValueError, match="`network` must be one of 'generator'."):
        sampler.export(tmp_path / "x", network="discriminator")
