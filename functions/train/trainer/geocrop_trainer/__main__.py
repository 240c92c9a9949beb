"""Trains the ensemble of a recipe on a feature table and writes its bundle's files.

python -m geocrop_trainer --data <folder> --recipe <file> --out <folder> [--skip-cv] [--processes 2]
"""

import argparse
import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

# Before NumPy and the boosters are loaded: one thread a fit is faster on small data and repeatable.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402
import onnx  # noqa: E402

from . import boosters, cross_validation, dataset, export_onnx, parity, samples  # noqa: E402

LIBRARIES = ("xgboost-cpu", "lightgbm", "catboost", "onnx", "onnxmltools", "onnxruntime", "numpy")


def main() -> int:
    arguments = parse_arguments()
    recipe = json.loads(arguments.recipe.read_text("utf-8"))
    data = dataset.load(arguments.data)
    say(f"{len(data.features)} rows of {len(data.sample_class)} samples, {len(data.class_names)} classes")
    arguments.out.mkdir(parents=True, exist_ok=True)
    report = {"versions": {name: version(name) for name in LIBRARIES}}
    report["parity"] = train_and_export(data, recipe, arguments.out)
    if not arguments.skip_cv:
        report["metrics"] = evaluate(data, recipe, arguments.processes)
    (arguments.out / "report.json").write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="geocrop_trainer", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--recipe", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--skip-cv", action="store_true")
    parser.add_argument("--processes", type=int, default=2)
    return parser.parse_args()


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def train_and_export(data: dataset.Dataset, recipe: dict, out: Path) -> dict:
    """Fits each member on everything, passes it through the gate, and only then writes it."""
    rng = np.random.default_rng(recipe["seed"])
    weights = boosters.sample_weights(data.row_class, data.sample_class, recipe["classWeightPower"])
    models, exported, gates = {}, {}, {}
    for name, settings in recipe["members"].items():
        model = boosters.fit(name, settings, recipe["seed"], data.features, data.row_class, weights)
        models[name] = model
        exported[name] = export_onnx.to_onnx(model, name, data.features.shape[1], len(data.class_names))
        gates[name] = pass_gate(name, model, exported[name], data, recipe, rng)
        (out / f"{name}.onnx").write_bytes(exported[name].SerializeToString(deterministic=True))
    write_sample_rows(data, recipe, models, exported, out, rng)
    return gates


def pass_gate(
    name: str,
    model: boosters.Model,
    exported: onnx.ModelProto,
    data: dataset.Dataset,
    recipe: dict,
    rng: np.random.Generator,
) -> dict:
    count = recipe["parityRows"]
    thresholds = export_onnx.tree_thresholds(exported)
    rows = {
        "random": parity.random_rows(data.features, count, rng),
        "threshold": parity.threshold_rows(data.features, thresholds, count, rng),
        "real": data.features,
    }
    gates = {kind: parity.check(f"{name}, {kind} rows", model, exported, values) for kind, values in rows.items()}
    worst = max(gate.max_difference for gate in gates.values())
    total = sum(gate.rows for gate in gates.values())
    say(f"parity {name}: {total} rows, probabilities differ by at most {worst:.1e}, no label differs")
    return {"rows": total, "maxDifference": worst, "labelChanges": 0}


def write_sample_rows(
    data: dataset.Dataset,
    recipe: dict,
    models: dict[str, boosters.Model],
    exported: dict[str, onnx.ModelProto],
    out: Path,
    rng: np.random.Generator,
) -> None:
    """Half of the rows are real ones, half lie on thresholds, the members taking turns."""
    count = recipe["sampleRows"]
    each = count // 2 // len(models)
    real = samples.real_rows(data, count - each * len(models), rng)
    placed = [
        parity.threshold_rows(data.features, export_onnx.tree_thresholds(model), each, rng)
        for model in exported.values()
    ]
    kinds = ["real"] * len(real) + ["threshold"] * sum(len(rows) for rows in placed)
    samples.write_samples(out / "samples.json", np.concatenate([real, *placed]), kinds, models)


def evaluate(data: dataset.Dataset, recipe: dict, processes: int) -> dict:
    """Figures by blocks of several sizes; the first size by every seed, the others by one."""
    seeds = recipe["crossValidationSeeds"]
    results = []
    for blocks in data.blocks:
        used = seeds if blocks.degrees == recipe["blockDegrees"] else seeds[:1]
        result = cross_validation.cross_validate(data, recipe, blocks, used, processes)
        results.append(result)
        say(
            f"cross-validation, blocks of {blocks.degrees:g} degrees: accuracy {result['accuracy']:.3f} "
            f"(standard error {result['standardError']:.3f}), by data set {result['accuracyBySource']}"
        )
    left_out = cross_validation.leave_source_out(data, recipe, seeds[:1], processes)
    say(f"trained on the other data sets alone: {left_out}")
    main_result = next(result for result in results if result["blockDegrees"] == recipe["blockDegrees"])
    others = [
        {key: result[key] for key in ("blockDegrees", "folds", "seeds", "accuracy", "standardError")}
        for result in results
        if result is not main_result
    ]
    return {"blockedCrossValidation": main_result, "otherBlockSizes": others, "leaveDataSetOut": left_out}


if __name__ == "__main__":
    sys.exit(main())
