"""Fits the boosters of a recipe as the trainer does and saves them in their libraries' own forms.

    make_temperate.py DATA RECIPE FOLDER      (started in the folder of the trainer's package)
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))

from geocrop_trainer import boosters, dataset


def main(data, recipe, folder):
    data = dataset.load(data)
    recipe = json.loads(recipe.read_text())
    weights = boosters.sample_weights(data.row_class, data.sample_class, recipe["classWeightPower"])
    models = {
        name: boosters.fit(name, settings, recipe["seed"], data.features, data.row_class, weights)
        for name, settings in recipe["members"].items()
    }
    models["xgboost"].save_model(folder / "xgboost.json")
    models["lightgbm"].booster_.save_model(folder / "lightgbm.txt")
    models["catboost"].save_model(str(folder / "catboost.cbm"))


main(*map(Path, sys.argv[1:]))
