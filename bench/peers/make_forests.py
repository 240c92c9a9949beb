"""Trains the forests that are timed, one by each library, and writes rows to ask them: fixed seeds throughout.

    make_forests.py FOLDER ROWS SAMPLES      (started in the folder of the trainer's package)

Writes xgboost.onnx/.json, lightgbm.onnx/.txt and catboost.onnx/.cbm (800 trees of depth 6, 8 classes), rows.f32 of the
same distribution as the training rows, and season.f32: the rows of a bundle's SAMPLES, drawn again with noise.
"""

import json
import sys
from pathlib import Path

import numpy as np
from catboost import CatBoostClassifier

sys.path.insert(0, str(Path.cwd()))

from geocrop_trainer.export_onnx import to_onnx
from lightgbm import LGBMClassifier
from xgboost import XGBClassifier

FEATURES, CLASSES, TREES, DEPTH = 51, 8, 800, 6
TRAINING_ROWS = 20_000


def draw(rng, count):
    """Features of several kinds: normal, counts, positive ones with few values."""
    rows = rng.normal(size=(count, FEATURES)).astype(np.float32)
    rows[:, ::3] = np.abs(rows[:, ::3]).round(2)
    rows[:, 1::10] = np.round(rows[:, 1::10] * 4)
    return rows


def labels(rng, rows):
    weights = rng.normal(size=(FEATURES, CLASSES))
    scores = rows @ weights + 4 * np.sin(3 * rows[:, :CLASSES]) + 3 * rng.normal(size=(len(rows), CLASSES))
    return scores.argmax(axis=1)


def main(folder, count, samples):
    rng = np.random.default_rng(7)
    rows = draw(rng, TRAINING_ROWS)
    classes = labels(rng, rows)
    rounds = TREES // CLASSES
    common = {"n_jobs": 1, "random_state": 1}
    models = {
        "xgboost": XGBClassifier(n_estimators=rounds, max_depth=DEPTH, tree_method="hist", **common),
        "lightgbm": LGBMClassifier(n_estimators=rounds, max_depth=DEPTH, num_leaves=2**DEPTH, verbose=-1, **common),
        "catboost": CatBoostClassifier(iterations=TREES, depth=DEPTH, thread_count=1, random_seed=1, verbose=0),
    }
    for name, model in models.items():
        print(f"bench: training {name} ...", file=sys.stderr, flush=True)
        model.fit(rows, classes)
        (folder / f"{name}.onnx").write_bytes(to_onnx(model, name, FEATURES, CLASSES).SerializeToString())
    models["xgboost"].save_model(folder / "xgboost.json")
    models["lightgbm"].booster_.save_model(folder / "lightgbm.txt")
    models["catboost"].save_model(str(folder / "catboost.cbm"))
    draw(np.random.default_rng(8), count).tofile(folder / "rows.f32")
    real = np.array(json.loads(samples.read_text())["rows"], np.float32)
    rng = np.random.default_rng(9)
    season = real[rng.integers(len(real), size=count)]
    season += (0.05 * real.std(axis=0) * rng.normal(size=season.shape)).astype(np.float32)
    season.tofile(folder / "season.f32")


main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
