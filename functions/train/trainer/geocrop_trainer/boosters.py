"""The three boosters of the ensemble, each on one thread so that a fit is repeatable."""

from collections.abc import Callable

import numpy as np
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from xgboost import XGBClassifier

#: Probabilities of a fitted model, rows x classes, by the library itself.
Model = XGBClassifier | LGBMClassifier | CatBoostClassifier


def sample_weights(row_class: np.ndarray, sample_class: np.ndarray, power: float) -> np.ndarray:
    """Weight of a row: its class's frequency among the samples to the power of minus `power`, mean 1."""
    counts = np.bincount(sample_class, minlength=row_class.max() + 1)
    weights = np.maximum(counts, 1)[row_class] ** -power
    return weights / weights.mean()


def _xgboost(settings: dict, seed: int) -> XGBClassifier:
    # A base score would be added first here and last by ONNX Runtime: another float32 sum. The trees learn it soon.
    fixed = {"tree_method": "hist", "n_jobs": 1, "base_score": 0.0}
    return XGBClassifier(objective="multi:softprob", random_state=seed, **fixed, **settings)


def _lightgbm(settings: dict, seed: int) -> LGBMClassifier:
    fixed = {"n_jobs": 1, "deterministic": True, "force_row_wise": True, "verbose": -1}
    return LGBMClassifier(objective="multiclass", random_state=seed, **fixed, **settings)


def _catboost(settings: dict, seed: int) -> CatBoostClassifier:
    fixed = {"thread_count": 1, "allow_writing_files": False, "verbose": False}
    return CatBoostClassifier(loss_function="MultiClass", random_seed=seed, **fixed, **settings)


MAKERS: dict[str, Callable[[dict, int], Model]] = {
    "xgboost": _xgboost,
    "lightgbm": _lightgbm,
    "catboost": _catboost,
}


def fit(name: str, settings: dict, seed: int, features: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> Model:
    return MAKERS[name](settings, seed).fit(features, labels, sample_weight=weights)


def probabilities(model: Model, features: np.ndarray) -> np.ndarray:
    """Rows x classes, float64, by the library's own prediction."""
    if isinstance(model, LGBMClassifier):  # its wrapper warns where the columns have no names
        return np.asarray(model.booster_.predict(features, num_threads=1), dtype=np.float64)
    return np.asarray(model.predict_proba(features), dtype=np.float64)
