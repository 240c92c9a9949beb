"""The feature table that the TypeScript side wrote."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Blocks:
    """Spatial blocks of one size: per sample the number of its cell and its fold."""

    degrees: float
    cell: np.ndarray
    fold: np.ndarray


@dataclass(frozen=True)
class Dataset:
    """Rows are samples and their augmented copies."""

    features: np.ndarray  # rows x 51, float32
    sample: np.ndarray  # row -> sample
    original: np.ndarray  # row -> the sample itself (True) or a copy
    sample_class: np.ndarray  # sample -> class index
    sample_source: np.ndarray  # sample -> name of its data set
    class_names: list[str]
    feature_names: list[str]
    blocks: list[Blocks]

    @property
    def row_class(self) -> np.ndarray:
        return self.sample_class[self.sample]

    @property
    def original_rows(self) -> np.ndarray:
        """Rows of the samples themselves, in the order of the samples."""
        return np.flatnonzero(self.original)


def load(folder: Path) -> Dataset:
    table = json.loads((folder / "table.json").read_text("utf-8"))
    width = len(table["featureNames"])
    features = np.fromfile(folder / "features.f32", dtype="<f4").reshape(-1, width)
    if len(features) != len(table["sample"]):
        raise ValueError(f"{len(features)} rows of features for {len(table['sample'])} rows of the table")
    if not np.isfinite(features).all():
        raise ValueError("the features hold NaN or infinity")
    return Dataset(
        features=features,
        sample=np.array(table["sample"]),
        original=np.array(table["original"], dtype=bool),
        sample_class=np.array(table["sampleClass"]),
        sample_source=np.array(table["sampleSource"]),
        class_names=table["classNames"],
        feature_names=table["featureNames"],
        blocks=[_blocks(entry) for entry in table["blocks"]],
    )


def _blocks(entry: dict) -> Blocks:
    _, cell = np.unique(entry["cell"], return_inverse=True)
    return Blocks(degrees=entry["degrees"], cell=cell, fold=np.array(entry["fold"]))
