"""Compares our Frechet distance with the usual one, by scipy.linalg.sqrtm.

    python benchmarks/frechet.py

Both get the same means and covariances and run by turns, in reversed order every
second turn. The figure is their ratio, turn by turn, its median. Needs SciPy
(`pip install scipy`).
"""

import argparse
import json
import os
import platform
import time
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from statistics import median

import numpy as np
from scipy import linalg

from kerasgan.training import hardware
from kerasgan.files import write_atomically
from kerasgan.metrics.fid import gaussian_distance

PATH = Path(__file__).parent / "results" / "frechet.json"
PROTOCOL = (
    "Seconds of scipy.linalg.sqrtm's formula divided by ours on the same means and "
    "covariances; by turns, the first of a turn being the last of the next. Features "
    "are rectified mixtures of normals, as after a ReLU."
)


def usual_distance(mean_a, covariance_a, mean_b, covariance_b) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), as most FID scripts compute it."""
    root = linalg.sqrtm(covariance_a @ covariance_b)
    between = np.square(mean_a - mean_b).sum()
    return float(between + np.trace(covariance_a + covariance_b - 2.0 * root.real))


def draw_statistics(rng, samples: int, dimensions: int, bias: float):
    """Mean (d,) and covariance (d, d) of random features."""
    scales = np.exp(-5.0 * np.arange(dimensions) / dimensions)
    mixing = rng.standard_normal((dimensions, dimensions)) / dimensions**0.5
    features = rng.standard_normal((samples, dimensions)) * scales @ mixing + bias
    features = np.maximum(features, 0.0)
    return features.mean(axis=0), np.cov(features, rowvar=False)


def compare(dimensions: int, samples: int, repeats: int) -> dict:
    """One size's figures."""
    rng = np.random.default_rng(0)
    reference = draw_statistics(rng, samples, dimensions, 0.1)
    generated = draw_statistics(rng, samples, dimensions, 0.2)
    sides = [gaussian_distance, usual_distance]
    seconds, values = {side: [] for side in sides}, {}
    for turn in range(repeats):
        for side in sides if turn % 2 == 0 else sides[::-1]:
            start = time.perf_counter()
            values[side] = side(*reference, *generated)
            seconds[side].append(time.perf_counter() - start)
    ratios = [usual / ours for ours, usual in zip(*seconds.values(), strict=True)]
    ours, usual = values.values()
    return {
        "dimensions": dimensions,
        "samples": samples,
        "repeats": repeats,
        "ratio": round(median(ratios), 2),
        "lowest": round(min(ratios), 2),
        "highest": round(max(ratios), 2),
        "relative_difference": abs(ours - usual) / usual,
    }


def describe() -> dict:
    """Machine and versions; `hardware.describe` would import Keras and a backend."""
    return {
        "processor": hardware.processor(),
        "cores": os.cpu_count(),
        "threads": os.environ.get("OMP_NUM_THREADS", "all"),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {"python": platform.python_version()}
        | {name: metadata.version(name) for name in ("numpy", "scipy")},
        "commit": hardware.commit(),
    }


def main() -> None:
    """Measures, prints and writes `results/frechet.json`."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dimensions", type=int, nargs="+", default=[512, 2048])
    parser.add_argument("--samples", type=int, default=10000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path, default=PATH)
    arguments = parser.parse_args()
    figures = []
    for dimensions in arguments.dimensions:
        figure = compare(dimensions, arguments.samples, arguments.repeats)
        figures.append(figure)
        print(
            f"{dimensions} dimensions: {figure['ratio']}x as fast as scipy.linalg.sqrtm"
            f" ({figure['lowest']} to {figure['highest']}), relative difference "
            f"{figure['relative_difference']:.1e}"
        )
    report = {
        "date": datetime.now(UTC).date().isoformat(),
        "hardware": describe(),
        "protocol": PROTOCOL,
        "figures": figures,
    }
    with write_atomically(arguments.out) as file:
        file.write((json.dumps(report, indent=2) + "\n").encode())


if __name__ == "__main__":
    main()
