"""A booster's own prediction: the peer that the compiled forest is timed against, on one thread.

    forest_peer.py LIBRARY MODEL ROWS OUT

Driven over standard input, see `serve.py`; `save` writes the probabilities, float32, to OUT.
"""

import sys

import numpy as np

from serve import serve

library, model, rows, out = sys.argv[1:]
features = np.fromfile(rows, np.float32).reshape(-1, 51)


def predictor():
    if library == "xgboost":
        import xgboost

        booster = xgboost.Booster({"nthread": 1}, model_file=model)
        return lambda: booster.inplace_predict(features)
    if library == "lightgbm":
        import lightgbm

        forest = lightgbm.Booster(model_file=model)
        return lambda: forest.predict(features, num_threads=1)
    import catboost

    classifier = catboost.CatBoostClassifier().load_model(model)
    return lambda: classifier.predict_proba(features, thread_count=1)


predict = predictor()
serve(predict, lambda: predict().astype(np.float32).tofile(out))
