"""The gate of every export: ONNX Runtime must say what the library itself says."""

from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime

from . import boosters
from .boosters import Model

MAX_DIFFERENCE = 1e-6
#: LightGBM reads magnitudes up to this as 0, ONNX does not; such values are replaced by 0 in test rows.
LIGHTGBM_ZERO = 1e-35


class ParityError(Exception):
    """An exported model that differs from the one that was trained."""


@dataclass(frozen=True)
class Parity:
    rows: int
    max_difference: float
    label_changes: int


def random_rows(features: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Every feature drawn on its own from the training values' range, a tenth wider on both sides."""
    low, high = features.min(axis=0), features.max(axis=0)
    margin = 0.1 * (high - low)
    return _clean(rng.uniform(low - margin, high + margin, size=(count, features.shape[1])))


def threshold_rows(
    features: np.ndarray, thresholds: list[tuple[int, np.float32]], count: int, rng: np.random.Generator
) -> np.ndarray:
    """Real rows with a third of their features moved onto a threshold, or onto the float32 just beside it."""
    rows = features[rng.integers(len(features), size=count)].copy()
    by_feature: dict[int, np.ndarray] = {
        feature: np.array([value for at, value in thresholds if at == feature], dtype=np.float32)
        for feature in {feature for feature, _ in thresholds}
    }
    for feature, values in sorted(by_feature.items()):
        chosen = np.flatnonzero(rng.random(count) < 1 / 3)
        picked = rng.choice(values, size=len(chosen))
        beside = np.nextafter(picked, rng.choice(np.array([-np.inf, np.inf], np.float32), size=len(chosen)))
        rows[chosen, feature] = np.where(rng.random(len(chosen)) < 0.6, picked, beside)
    return _clean(rows)


def _clean(rows: np.ndarray) -> np.ndarray:
    rows = rows.astype(np.float32)
    rows[np.abs(rows) <= np.float32(LIGHTGBM_ZERO)] = 0
    return rows


def onnx_probabilities(model: onnx.ModelProto, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Labels and probabilities by ONNX Runtime on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    labels, probabilities = session.run(["label", "probabilities"], {"input": rows})
    return labels, probabilities


def check(name: str, model: Model, exported: onnx.ModelProto, rows: np.ndarray) -> Parity:
    """Compares on rows without NaN; raises where a probability or a label differs."""
    labels, found = onnx_probabilities(exported, rows)
    expected = boosters.probabilities(model, rows)
    difference = float(np.abs(found - expected).max())
    changes = int((labels != found.argmax(axis=1)).sum() + (found.argmax(axis=1) != expected.argmax(axis=1)).sum())
    if not difference <= MAX_DIFFERENCE or changes > 0:
        raise ParityError(
            f"{name}: ONNX Runtime differs from the library on {len(rows)} rows: probabilities by up to "
            f"{difference:.3g} (allowed {MAX_DIFFERENCE:g}), {changes} labels; the export must not be used"
        )
    return Parity(len(rows), difference, changes)
