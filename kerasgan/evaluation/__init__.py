"""Measures models: feature networks, protocols and results.

`kerasgan.metrics` holds the metrics themselves, in NumPy.

Example:
    ```python
    from kerasgan.evaluation import Evaluation

    evaluation = Evaluation(dataset, "features_mnist", held_out=test)
    results = evaluation.of_gan(gan)
    print(results["fid_features_mnist"])
    ```
"""

from kerasgan.evaluation.anomalies import evaluate_anomalies
from kerasgan.evaluation.captioned import evaluate_captions
from kerasgan.evaluation.evaluation import Evaluation, evaluate_quality
from kerasgan.evaluation.examine import examine
from kerasgan.evaluation.extractors import Extractor, extractor, features_for
from kerasgan.evaluation.inception import InceptionFeatures
from kerasgan.evaluation.nearest import nearest_picture
from kerasgan.evaluation.pairs import PairEvaluation, evaluate_pairs
from kerasgan.evaluation.quality import METRICS
from kerasgan.evaluation.real_data import real_images
from kerasgan.evaluation.real_pairs import real_pairs
from kerasgan.evaluation.result import Result
from kerasgan.evaluation.result import load as load_results
from kerasgan.evaluation.result import save as save_results

__all__ = [
    "METRICS",
    "Evaluation",
    "Extractor",
    "InceptionFeatures",
    "PairEvaluation",
    "Result",
    "evaluate_anomalies",
    "evaluate_captions",
    "evaluate_pairs",
    "evaluate_quality",
    "examine",
    "extractor",
    "features_for",
    "load_results",
    "nearest_picture",
    "real_images",
    "real_pairs",
    "save_results",
]
