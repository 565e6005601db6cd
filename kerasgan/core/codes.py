"""Latents that hold codes: noise, then a category as a one-hot vector, then numbers."""

import numpy as np

from kerasgan import images, checks
from kerasgan.metrics.conditional import best_match_accuracy
from kerasgan.evaluation.result import Result
from kerasgan.core.sampling import draw_normal, slerp

ROWS = 3  # of the picture, for each code
FARTHEST = 2.0  # how far the picture varies a continuous code, beyond [-1, 1]


class Coded:
    """Sampling by codes, and what they mean; before `GAN` in the bases.

    Attributes:
        noise_dim: Length of the noise in a latent vector.
        categories: Values of the categorical code.
        continuous: How many continuous codes, uniform in [-1, 1].
    """

    def draw_latents(self, count, rng, truncation=None):
        """Noise, which alone is truncated, and codes: (count, latent_dim), float32."""
        noise = draw_normal((count, self.noise_dim), rng, truncation)
        category = rng.integers(self.categories, size=count)
        continuous = rng.uniform(-1.0, 1.0, (count, self.continuous))
        return self._joined(noise, category, continuous)

    def generate(self, n=None, labels=None, seed=None, *, codes=None, **options):
        """As `GAN.generate`, with `codes` chosen instead of drawn.

        Args:
            n: How many; as many as there are codes where not given.
            labels: None: it has codes instead.
            seed: Seed of numpy's generator: the same images on every backend.
            codes: A category, categories (n,), or rows (n, 1 + continuous) of a
                category and the continuous codes, drawn from [-1, 1] in training. A
                flat list is always categories, one an image: [3, 1, 0] draws three
                images, [[3, 1, 0]] one of category 3 with the continuous codes 1 and 0
                (on the command line, `--codes 3,1,0` is one such row).
            **options: `latents`, `truncation`, `batch_size` of `GAN.generate`.

        Returns:
            uint8 (n, H, W, C).

        Raises:
            ValueError: If the codes have another size, or stand beside `latents`.

        Example:
            ```python
            # One noise, while the first continuous code of category 3 changes.
            codes = [[3, value, 0] for value in np.linspace(-2, 2, 8)]
            images = gan.interpolate(5, 5, frames=8, codes=codes)
            ```
        """
        if codes is None:
            return super().generate(n, labels, seed, **options)
        if options.get("latents") is not None:
            raise ValueError(
                "`latents` hold codes already. Received: both `latents` and `codes`. "
                "Leave out either."
            )
        codes = self._rows(codes, n)
        if seed is not None:
            checks.check_count("seed", seed, least=0)
        rng, truncation = np.random.default_rng(seed), options.pop("truncation", None)
        drawn = self.draw_latents(len(codes), rng, truncation)
        latents = self._chosen(drawn, codes)
        return super().generate(labels=labels, latents=latents, **options)

    def interpolate(self, seed_a, seed_b, frames=16, labels=None, *, codes=None):
        """As `GAN.interpolate`, with `codes` chosen and only the noise on its way.

        Args:
            seed_a: Seed of the first image's noise.
            seed_b: Seed of the last image's; the same as `seed_a` holds the noise.
            frames: How many images, at least 2.
            labels: None: it has codes instead.
            codes: One category or one row (1, 1 + continuous) for all frames, or as
                many as frames, as in `generate`. Continuous codes that are not given
                go from one seed's to the other's.

        Returns:
            uint8 (frames, H, W, C).
        """
        if codes is None:
            return super().interpolate(seed_a, seed_b, frames, labels)
        first, last = self._ends(seed_a, seed_b, frames)
        way = np.linspace(first, last, frames, dtype="float32")
        noise = slice(0, self.noise_dim)
        way[:, noise] = slerp(first[noise], last[noise], frames)
        codes = (
            np.repeat(codes, frames, axis=0) if np.shape(codes)[:1] == (1,) else codes
        )
        latents = self._chosen(way, self._rows(codes, frames))
        return super().generate(labels=labels, latents=latents)

    def _rows(self, codes, n):
        """Codes as rows (n, 1) or (n, 1 + continuous)."""
        codes = [codes] * (n or 1) if np.ndim(codes) == 0 else codes
        return checks.check_codes(codes, n, self.categories, self.continuous)

    def _chosen(self, latents, codes):
        """Latents (n, latent_dim) with these rows of codes in place of their own."""
        continuous = codes[:, 1:]
        if not continuous.size:
            continuous = latents[:, self.noise_dim + self.categories :]
        category = codes[:, 0].astype(int)
        return self._joined(latents[:, : self.noise_dim], category, continuous)

    def categories_of(self, latents) -> np.ndarray:
        """The categories (N,) that latents (N, latent_dim) hold."""
        return latents[:, self.noise_dim :][:, : self.categories].argmax(axis=1)

    def _joined(self, noise, category, continuous):
        parts = noise, np.eye(self.categories)[category], continuous
        return np.concatenate(parts, axis=1).astype("float32")

    def examine(self, real, labels, split: str) -> dict[str, Result]:
        """How well the category tells the classes of real images, as a `Result`.

        Args:
            real: Images (N, H, W, C), uint8 or floats in [-1, 1].
            labels: Their classes (N,).
            split: What the images are called.
        """
        if self.discriminator is None:
            raise ValueError(
                "Codes are told by the discriminator. Received: a GAN with "
                'networks="sampler". Load it with networks="all".'
            )
        real = checks.check_images(real, self.image_shape)
        scaled = images.from_uint8(real) if real.dtype == np.uint8 else real
        heads = self.discriminator.predict(scaled, batch_size=500, verbose=0)
        found = heads["category"].argmax(axis=1)
        accuracy, classes = best_match_accuracy(found, labels)
        protocol = {"images": split, "count": len(labels), "matching": "one to one"}
        details = {"class_of_category": classes.tolist()}
        name = "best_match_accuracy"
        return {name: Result(name, accuracy, protocol, details=details)}

    def picture(self):
        """Rows of one noise each, along which one code varies."""
        rng, columns = np.random.default_rng(0), max(self.categories, 8)
        noise, rows = [], []
        for code in range(1 + self.continuous):
            for row in range(ROWS):
                drawn = self.draw_latents(1, rng)
                noise.append(np.repeat(drawn[:, : self.noise_dim], columns, axis=0))
                codes = np.zeros((columns, 1 + self.continuous))
                codes[:, 0] = row % self.categories
                codes[:, code] = (
                    np.linspace(-FARTHEST, FARTHEST, columns)
                    if code
                    else np.arange(columns) % self.categories
                )
                rows.append(codes)
        noise, codes = np.concatenate(noise), np.concatenate(rows)
        latents = self._joined(noise, codes[:, 0].astype(int), codes[:, 1:])
        return images.make_picture(self.generate(latents=latents), columns)

    def describe(self):
        """Length of the latents, the codes in them, and what the picture shows."""
        caption = (
            "Each row has a noise of its own, along which one code varies: in the "
            f"first {ROWS} rows the category, in the next {ROWS} the first continuous "
            f"code, from {-FARTHEST:g} to {FARTHEST:g}, and so on."
        )
        codes = {"categories": self.categories, "continuous": self.continuous}
        return {**super().describe(), "codes": codes, "caption": caption}
