"""The rows that go into the bundle with what the libraries said about them."""

import json
from pathlib import Path

import numpy as np

from . import boosters
from .boosters import Model
from .dataset import Dataset


def real_rows(data: Dataset, count: int, rng: np.random.Generator) -> np.ndarray:
    """Rows of real samples, every class alike."""
    each = -(-count // len(data.class_names))
    originals = data.original_rows
    chosen: list[np.ndarray] = []
    for index in range(len(data.class_names)):
        rows = originals[data.sample_class == index]
        chosen.append(rng.choice(rows, size=min(each, len(rows)), replace=False))
    return data.features[np.concatenate(chosen)[:count]]


def write_samples(path: Path, rows: np.ndarray, kinds: list[str], models: dict[str, Model]) -> None:
    """Features as the shortest decimals that read back as the same float32; probabilities with ten digits."""
    votes = {name: boosters.probabilities(model, rows) for name, model in models.items()}
    content = {
        "kinds": kinds,
        "rows": [[_shortest(value) for value in row] for row in rows],
        "expected": _round(np.mean(list(votes.values()), axis=0)),
        "members": [{"file": f"{name}.onnx", "expected": _round(values)} for name, values in votes.items()],
    }
    lines = [f"{json.dumps(key)}: {_lines(value)}" for key, value in content.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def _shortest(value: np.float32) -> float:
    text = float(np.format_float_scientific(value, unique=True))
    if np.float32(text) != value:
        raise ValueError(f"{value!r} does not survive as a decimal")
    return text


def _round(values: np.ndarray) -> list[list[float]]:
    return [[float(f"{value:.10g}") for value in row] for row in values]


def _lines(values: list) -> str:
    """One row a line, so that differences can be read; short lists in one line."""
    compact = [json.dumps(value, separators=(",", ":")) for value in values]
    return "[\n" + ",\n".join(compact) + "\n]" if isinstance(values[0], list) else "[" + ",".join(compact) + "]"
