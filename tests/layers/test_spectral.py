"""Spectral normalization, self-attention and class statistics, against plain numpy."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from kerasgan import GAN
from kerasgan.layers import ClassAffine, SelfAttention, SpectralNorm
from tests.support import checks
from tests.support.checks import as_array


def matrix(layer):
    """What is normalized, as (rows, outputs)."""
    return as_array(layer.kernel).reshape(-1, layer.kernel.shape[-1])


def settle(layer):
    """Gives u the value that many calls in training lead to."""
    vectors = np.linalg.svd(matrix(layer.layer), full_matrices=False)[2]
    layer.u.assign(vectors[0])


LAYERS = {
    "dense": (lambda: layers.Dense(5), (3, 7)),
    "convolution": (lambda: layers.Conv2D(4, 3, padding="same"), (3, 6, 6, 2)),
    "projection": (lambda: layers.Dense(6, use_bias=False), (3, 2)),
}


def inputs_of(kind):
    rng, shape = np.random.default_rng(0), LAYERS[kind][1]
    return ops.convert_to_tensor(rng.normal(size=shape).astype("float32"))


def converged(kind):
    """The layer with the u of its singular vector, its bias not 0."""
    keras.utils.set_random_seed(1)
    layer, inputs = SpectralNorm(LAYERS[kind][0]()), inputs_of(kind)
    layer(inputs)
    settle(layer)
    if layer.layer.use_bias:
        layer.layer.bias.assign(np.arange(layer.layer.bias.shape[0]))
    return layer, inputs


@pytest.mark.parametrize("kind", LAYERS)
def test_weights_are_divided_by_their_singular_value(kind):
    layer, inputs = converged(kind)
    sigma = np.linalg.svd(matrix(layer.layer), compute_uv=False)[0]
    bias = as_array(layer.layer.bias) if layer.layer.use_bias else 0
    expected = (as_array(layer.layer(inputs)) - bias) / sigma + bias
    np.testing.assert_allclose(as_array(layer(inputs)), expected, rtol=1e-4, atol=1e-5)


def test_sigma_is_exact_in_mixed_precision_too():
    keras.utils.set_random_seed(1)
    layer = SpectralNorm(layers.Dense(32, use_bias=False), dtype="mixed_bfloat16")
    inputs = ops.convert_to_tensor(np.eye(24, dtype="float32"))
    layer(inputs)
    settle(layer)
    normalized = layer(inputs, training=True)
    largest = np.linalg.svd(
        as_array(ops.cast(normalized, "float32")), compute_uv=False
    )[0]
    assert largest == pytest.approx(1.0, abs=5e-3)
    assert keras.backend.standardize_dtype(layer.u.dtype) == "float32"
    assert np.linalg.norm(as_array(layer.u)) == pytest.approx(1.0, abs=1e-5)


def test_iterations_converge_to_the_singular_vector():
    keras.utils.set_random_seed(1)
    layer, inputs = SpectralNorm(layers.Dense(5)), inputs_of("dense")
    for _ in range(50):
        layer(inputs, training=True)
    vector = np.linalg.svd(matrix(layer.layer), full_matrices=False)[2][0]
    assert abs(as_array(layer.u) @ vector) == pytest.approx(1.0, abs=1e-3)


def test_a_call_in_training_is_one_iteration():
    layer = SpectralNorm(layers.Dense(4))
    inputs = inputs_of("dense")
    layer(inputs)
    u = as_array(layer.u)
    layer(inputs, training=False)
    np.testing.assert_array_equal(as_array(layer.u), u)
    layer(inputs, training=True)
    weights = matrix(layer.layer)
    v = weights @ u / np.linalg.norm(weights @ u)
    expected = weights.T @ v / np.linalg.norm(weights.T @ v)
    np.testing.assert_allclose(as_array(layer.u), expected, rtol=1e-5, atol=1e-6)


class Squares(GAN):
    """A discriminator of one normalized layer, called twice in its loss."""

    def __init__(self):
        latents, images = keras.Input((2,)), keras.Input((4, 4, 1))
        flat = layers.Dense(16, kernel_initializer="zeros")(latents)
        generator = keras.Model(latents, layers.Reshape((4, 4, 1))(flat))
        x = SpectralNorm(layers.Dense(5), name="normed")(layers.Flatten()(images))
        logits = layers.Reshape(())(layers.Dot(1)([x, x]))
        super().__init__(generator, keras.Model(images, logits), seed=0)

    def discriminator_loss(self, critic, real, fake, condition):
        return ops.mean(critic(real)) - ops.mean(ops.sin(critic(fake + 1.0)))


def test_the_gradient_is_that_of_w_over_sigma():
    """Through two calls, against finite differences."""
    keras.utils.set_random_seed(1)
    gan, rng = Squares(), np.random.default_rng(0)
    layer = gan.discriminator.get_layer("normed")
    real = rng.uniform(-1, 1, (6, 4, 4, 1)).astype("float32")
    fake = ops.zeros(real.shape)
    settle(layer)  # so that u stays what it is
    kernel, u = np.array(layer.layer.kernel), np.array(layer.u)

    def loss(moved):
        layer.layer.kernel.assign(moved)
        layer.u.assign(u)
        value = gan.discriminator_loss(gan.critic(None), ops.array(real), fake, None)
        return float(as_array(value))

    places = [(0, 0), (2, 3), (6, 4), (15, 1)]
    expected = []
    for place in places:
        step = np.zeros_like(kernel)
        step[place] = 1e-2
        expected.append((loss(kernel + step) - loss(kernel - step)) / 2e-2)
    loss(kernel)
    layer.u.assign(u)
    gan.compile(keras.optimizers.SGD(1.0), players=["discriminator"])
    gan.fit(real, batch_size=6, verbose=0)
    gradient = kernel - np.array(layer.layer.kernel)
    computed = [gradient[place] for place in places]
    np.testing.assert_allclose(computed, expected, rtol=2e-2, atol=2e-3)


def test_u_is_saved_and_a_generators_turn_leaves_it():
    gan = checks.tiny("sngan")
    names = [w.path for w in gan.discriminator.non_trainable_weights]
    assert len(names) == sum(isinstance(n, SpectralNorm) for n in layers_of(gan))
    before, generator = map(checks.snapshot, (gan.discriminator, gan.generator))
    gan.compile(players=["generator"], run_eagerly=checks.EAGER)
    data = checks.batch(gan, 2 * gan.discriminator_steps)  # its turn is the last
    gan.fit(*data, batch_size=2, verbose=0)
    assert checks.same(before, checks.snapshot(gan.discriminator))
    assert not checks.same(generator, checks.snapshot(gan.generator))


def layers_of(gan):
    return gan.discriminator.layers


def test_sngans_discriminator_is_normalized_throughout():
    for layer in layers_of(checks.tiny("sngan")):
        assert not layer.weights or isinstance(layer, SpectralNorm), layer.name


@pytest.mark.parametrize("num_classes", [None, 3])
def test_sagan_normalizes_and_attends_in_both_networks(num_classes):
    gan = checks.tiny("sagan", num_classes=num_classes)
    known = SpectralNorm, SelfAttention, layers.BatchNormalization, ClassAffine
    for network in (gan.generator, gan.discriminator):
        weighty = [layer for layer in network.layers if layer.weights]
        assert all(isinstance(layer, known) for layer in weighty)
        attention = [n for n in weighty if isinstance(n, SelfAttention)]
        assert [tuple(n.output.shape[1:3]) for n in attention] == [(8, 8)]


def test_attention_is_what_numpy_makes_of_it():
    layer = SelfAttention()
    images = np.random.default_rng(0).normal(size=(2, 4, 6, 16)).astype("float32")
    layer(images)
    for conv in (layer.f, layer.g, layer.h, layer.v):
        settle(conv)
    layer.gamma.assign(0.7)

    def kernel(conv):
        return (
            matrix(conv.layer) / np.linalg.svd(matrix(conv.layer), compute_uv=False)[0]
        )

    f, g, h, v = (kernel(conv) for conv in (layer.f, layer.g, layer.h, layer.v))

    def pooled(x):
        return x.reshape(2, 2, 2, 3, 2, -1).max((2, 4)).reshape(2, 6, -1)

    flat = images.reshape(2, 24, 16)
    scores = np.exp(flat @ g @ pooled(images @ f).transpose(0, 2, 1))
    weights = scores / scores.sum(-1, keepdims=True)
    expected = flat + 0.7 * (weights @ pooled(images @ h) @ v)
    np.testing.assert_allclose(
        as_array(layer(images)).reshape(2, 24, 16), expected, rtol=1e-4, atol=1e-4
    )


def test_attention_starts_as_nothing():
    images = np.random.default_rng(0).normal(size=(1, 4, 4, 8)).astype("float32")
    np.testing.assert_array_equal(as_array(SelfAttention()(images)), images)


@pytest.mark.parametrize("shape", [(1, 4, 4, 7), (1, 5, 4, 8)])
def test_attention_refuses_what_it_cannot_divide(shape):
    with pytest.raises(ValueError, match="at least 8 channels and even sides"):
        SelfAttention()(np.zeros(shape, "float32"))


def test_each_class_has_its_own_scale_and_shift():
    layer = ClassAffine(3)
    images = np.random.default_rng(0).normal(size=(2, 2, 2, 4)).astype("float32")
    labels = np.array([2, 0], "int32")
    np.testing.assert_array_equal(as_array(layer([images, labels])), images)
    gamma, beta = np.random.default_rng(1).normal(size=(2, 3, 4)).astype("float32")
    layer.gamma.assign(gamma)
    layer.beta.assign(beta)
    expected = images * gamma[labels][:, None, None] + beta[labels][:, None, None]
    np.testing.assert_allclose(as_array(layer([images, labels])), expected, rtol=1e-6)
    assert ClassAffine.from_config(layer.get_config()).num_classes == 3


def test_no_border_is_dropped_where_sides_become_odd():
    network = checks.tiny("sngan", image_shape=(36, 36, 1)).discriminator
    pools = [n for n in network.layers if isinstance(n, layers.AveragePooling2D)]
    assert {n.input.shape[1] for n in pools} == {36, 18}


def test_features_are_summed_over_the_places():
    network = checks.tiny("sngan", num_classes=None).discriminator
    images = ops.convert_to_tensor(checks.pictures(2))
    pool = next(
        n for n in network.layers if isinstance(n, layers.GlobalAveragePooling2D)
    )
    dense = network.layers[network.layers.index(pool) + 2]
    parts = keras.Model(network.input, [pool.input, dense.input])
    features, summed = map(as_array, parts(images))
    np.testing.assert_allclose(summed, features.sum((1, 2)), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "layer", [layers.BatchNormalization, lambda: layers.Conv2DTranspose(2, 3)]
)
def test_layers_without_such_a_matrix_are_refused(layer):
    with pytest.raises(ValueError, match="must be a keras.layers.Dense or Conv2D"):
        SpectralNorm(layer())


def test_groups_are_refused():
    with pytest.raises(ValueError, match="one group.*Received: groups=2"):
        SpectralNorm(layers.Conv2D(4, 3, groups=2))


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_a_convolution_keeps_its_options(padding):
    options = {"strides": 2, "padding": padding, "use_bias": False}
    layer = SpectralNorm(layers.Conv2D(4, 3, **options))
    images = inputs_of("convolution")
    outputs, plain = as_array(layer(images)), as_array(layer.layer(images))
    assert outputs.shape == plain.shape
    outputs, plain = outputs / outputs.std(), plain / plain.std()
    np.testing.assert_allclose(outputs, plain, rtol=1e-3)


def test_the_projection_adds_the_product_of_the_class():
    gan = checks.tiny("sngan")
    images = ops.convert_to_tensor(checks.pictures(2))
    logits = [
        as_array(gan.discriminator([images, ops.full((2,), k, "int32")]))
        for k in (0, 1)
    ]
    network = gan.discriminator
    dense, embedding = (
        next(n for n in network.layers if n.weights and n.output.shape[1:] == (units,))
        for units in (1, 8)
    )
    features = keras.Model(network.inputs, dense.input)
    summed = as_array(features([images, ops.zeros((2,), "int32")]))
    vectors = as_array(embedding(ops.convert_to_tensor(np.eye(3)[:2], "float32")))
    np.testing.assert_allclose(
        logits[1] - logits[0], summed @ (vectors[1] - vectors[0]), rtol=1e-3, atol=1e-5
    )
