"""Compares kerasgan's Frechet distance with the usual one, by scipy.linalg.sqrtm.

    python benchmarks/frechet.py

Both get the same means and covariances and run in turns, in reverse order every second
turn. The result is the median of their ratio over the turns. Needs SciPy
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

from kerasgan.files import write_atomically
from kerasgan.metrics.fid import gaussian_distance
from kerasgan.training import hardware

PATH = Path(__file__).parent / "results" / "frechet.json"
PROTOCOL = (
    "Seconds of scipy.linalg.sqrtm's formula divided by kerasgan's on the same means "
    "and covariances. The sides run in turns, in reverse order every second turn. "
    "Features are rectified mixtures of normals, as after a ReLU."
)


def usual_distance(mean_a, covariance_a, mean_b, covariance_b) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), as in most FID scripts."""
    root = linalg.sqrtm(covariance_a @ covariance_b)
    between = np.square(mean_a - mean_b).sum()
    return float(between + np.trace(covariance_a + covariance_b - 2.0 * root.real))


def draw_statistics(rng, count: int, dimensions: int, bias: float):
    """Draws mean (d,) and covariance (d, d) of random features."""
    scales = np.exp(-5.0 * np.arange(dimensions) / dimensions)
    mixing = rng.standard_normal((dimensions, dimensions)) / dimensions**0.5
    features = rng.standard_normal((count, dimensions)) * scales @ mixing + bias
    features = np.maximum(features, 0.0)
    return features.mean(axis=0), np.cov(features, rowvar=False)


def compare(dimensions: int, count: int, repeats: int) -> dict:
    """Measures one size."""
    rng = np.random.default_rng(0)
    reference = draw_statistics(rng, count, dimensions, 0.1)
    generated = draw_statistics(rng, count, dimensions, 0.2)
    sides = [gaussian_distance, usual_distance]
    seconds, values = {side: [] for side in sides}, {}
    for turn in range(repeats):
        for side in sides if turn % 2 == 0 else sides[::-1]:
            start = time.perf_counter()
            values[side] = side(*reference, *generated)
            seconds[side].append(time.perf_counter() - start)
    ratios = [usual / own for own, usual in zip(*seconds.values(), strict=True)]
    own, usual = values.values()
    return {
        "dimensions": dimensions,
        "num_samples": count,
        "repeats": repeats,
        "ratio": round(median(ratios), 2),
        "lowest": round(min(ratios), 2),
        "highest": round(max(ratios), 2),
        "relative_difference": abs(own - usual) / usual,
    }


def describe() -> dict:
    """Machine and versions, without the import of Keras in `hardware.describe`."""
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
    parser.add_argument("--num-samples", type=int, default=10000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path, default=PATH)
    arguments = parser.parse_args()
    measurements = []
    for dimensions in arguments.dimensions:
        row = compare(dimensions, arguments.num_samples, arguments.repeats)
        measurements.append(row)
        print(
            f"{dimensions} dimensions: {row['ratio']}x as fast as scipy.linalg.sqrtm"
            f" ({row['lowest']} to {row['highest']}), relative difference "
            f"{row['relative_difference']:.1e}"
        )
    report = {
        "date": datetime.now(UTC).date().isoformat(),
        "hardware": describe(),
        "protocol": PROTOCOL,
        "measurements": measurements,
    }
    with write_atomically(arguments.out) as file:
        file.write((json.dumps(report, indent=2) + "\n").encode())


if __name__ == "__main__":
    main()
