"""Line charts as images, drawn with Pillow."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

COLORS = "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b"


def line_chart(
    x: Sequence[float],
    series: Mapping[str, Sequence[float]],
    *,
    labels: Sequence[str] | None = None,
    limits: tuple[float, float] | None = None,
    side: int = 240,
) -> np.ndarray:
    """Draws lines against a common axis.

    Args:
        x: Places on the axis, rising, (n,).
        series: Values by name, (n,) each. NaN leaves a gap that the line crosses.
        labels: Texts of the places; by default, the first and the last number.
        limits: The least and the largest value; by default, those of the values.
        side: Height of the picture in pixels.

    Returns:
        uint8 (side, 1.5 side, 3).
    """
    from PIL import Image, ImageDraw

    width, edge = side * 3 // 2, side // 7
    low, right = side - edge, width - edge // 2
    picture = Image.new("RGB", (width, side), "white")
    draw = ImageDraw.Draw(picture)
    values = np.array([v for line in series.values() for v in line], "float64")
    least, most = limits or _limits(values[np.isfinite(values)])
    for share in (0.0, 0.5, 1.0):
        y = low - share * (low - edge)
        draw.line([(edge, y), (right, y)], fill="#dddddd")
        draw.text((2, y - 6), f"{least + share * (most - least):.3g}", fill="black")
    places = np.asarray(x, "float64")
    span = places[-1] - places[0] or 1.0
    places = edge + (places - places[0]) / span * (right - edge)
    if labels is None:
        draw.text((edge, low + 6), f"{x[0]:g}", fill="black")
        draw.text((right, low + 6), f"{x[-1]:g}", fill="black", anchor="ra")
    else:
        for place, label in zip(places, labels, strict=True):
            draw.text((place - 8, low + 6), label, fill="black")
    left = edge
    for index, (name, line) in enumerate(series.items()):
        color, line = COLORS[index % len(COLORS)], np.asarray(line, "float64")
        known = np.isfinite(line)
        heights = low - (line[known] - least) / (most - least) * (low - edge)
        points = list(zip(places[known], heights, strict=True))
        if len(points) > 1:
            draw.line(points, fill=color, width=2)
        elif points:
            (x0, y0), *_ = points
            draw.ellipse((x0 - 2, y0 - 2, x0 + 2, y0 + 2), fill=color)
        draw.text((left, 6), name, fill=color)
        left += int(draw.textlength(name)) + 12
    return np.asarray(picture)


def _limits(values) -> tuple[float, float]:
    """The least and the largest value, with a space between them."""
    if not len(values):
        return 0.0, 1.0
    least, most = float(values.min()), float(values.max())
    space = max(most - least, abs(most) * 1e-3, 1e-9) - (most - least)
    return least - space / 2, most + space / 2


def beside(charts: Sequence[np.ndarray], columns: int = 2) -> np.ndarray:
    """Puts charts of one size into rows, uint8 (H, W, 3)."""
    rows = math.ceil(len(charts) / columns)
    empty = [np.full_like(charts[0], 255)] * (rows * columns - len(charts))
    charts = [*charts, *empty]
    return np.concatenate(
        [
            np.concatenate(charts[row * columns : (row + 1) * columns], axis=1)
            for row in range(rows)
        ]
    )
