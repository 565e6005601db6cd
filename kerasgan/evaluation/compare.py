"""Results of several models beside each other: as a table, and as CSV."""

import csv
import io
import json
from collections.abc import Mapping

from kerasgan.evaluation.result import Result

Compared = Mapping[str, Mapping[str, Result]]  # by model, then by metric
FIELDS = "preset", "metric", "value", "real_score", "better", "protocol"


def table_of(results: Compared) -> list[list[str]]:
    """Rows of a table: a head, then each metric with the values of all models.

    The last two columns are the score of real images, and what is better.
    """
    rows = [["metric", *results, "real images", "better"]]
    for name in dict.fromkeys(n for measured in results.values() for n in measured):
        found = [measured.get(name) for measured in results.values()]
        known = [result for result in found if result is not None]
        scores = [r.real_score for r in known if r.real_score is not None]
        values = [None if r is None else r.value for r in found]
        shown = [_number(value) for value in (*values, scores[0] if scores else None)]
        rows.append([name, *shown, _better(known[0])])
    return rows


def to_csv(results: Compared) -> str:
    """A line for each model and metric, with the protocol as JSON."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(FIELDS)
    for model, measured in results.items():
        for name, result in measured.items():
            protocol = json.dumps(result.to_json()["protocol"])
            row = name, result.value, result.real_score, _better(result), protocol
            writer.writerow([model, *row])
    return text.getvalue()


def _number(value) -> str:
    return "-" if value is None else f"{value:.4g}"


def _better(result) -> str:
    return {True: "higher", False: "lower", None: ""}[result.higher_is_better]
