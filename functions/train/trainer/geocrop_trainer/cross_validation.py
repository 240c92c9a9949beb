"""Blocked cross-validation: whole cells of the map are held out, augmented copies with their sample."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np

from . import boosters
from .dataset import Blocks, Dataset


@dataclass(frozen=True)
class Task:
    """One ensemble to fit: on the samples outside `held_out`."""

    dataset: Dataset
    recipe: dict
    held_out: np.ndarray  # sample -> is it scored and kept out of the fit?
    seed: int


def ensemble_probabilities(task: Task) -> np.ndarray:
    """Held-out samples x classes: the mean of the members' probabilities."""
    data, recipe = task.dataset, task.recipe
    rows = np.flatnonzero(~task.held_out[data.sample])
    scored = data.original_rows[task.held_out]
    labels = data.row_class[rows]
    weights = boosters.sample_weights(labels, data.sample_class[~task.held_out], recipe["classWeightPower"])
    votes = [
        boosters.probabilities(
            boosters.fit(name, settings, task.seed, data.features[rows], labels, weights), data.features[scored]
        )
        for name, settings in recipe["members"].items()
    ]
    return np.mean(votes, axis=0)


def cross_validate(data: Dataset, recipe: dict, blocks: Blocks, seeds: list[int], processes: int) -> dict:
    """Overall and per-class figures of the folds of one block size, as the mean of the seeds."""
    folds = np.unique(blocks.fold)
    tasks = [Task(data, recipe, blocks.fold == fold, seed) for seed in seeds for fold in folds]
    predicted = np.zeros((len(seeds), len(data.sample_class)), dtype=int)
    for task, votes in zip(tasks, _run(tasks, processes), strict=True):
        predicted[seeds.index(task.seed), task.held_out] = votes.argmax(axis=1)
    return {
        "blockDegrees": blocks.degrees,
        "folds": len(folds),
        "seeds": len(seeds),
        **_figures(data, predicted, blocks.cell),
    }


def leave_source_out(data: Dataset, recipe: dict, seeds: list[int], processes: int) -> dict:
    """Accuracy on each data set by ensembles that were trained on the others: the step to a new country and year."""
    sources = list(dict.fromkeys(data.sample_source.tolist()))
    tasks = [Task(data, recipe, data.sample_source == source, seed) for source in sources for seed in seeds]
    right: dict[str, list[float]] = {source: [] for source in sources}
    for task, votes in zip(tasks, _run(tasks, processes), strict=True):
        source = data.sample_source[task.held_out][0]
        right[source].append(float((votes.argmax(axis=1) == data.sample_class[task.held_out]).mean()))
    return {source: round(float(np.mean(values)), 4) for source, values in right.items()}


def _run(tasks: list[Task], processes: int) -> list[np.ndarray]:
    if processes == 1:
        return [ensemble_probabilities(task) for task in tasks]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return list(pool.map(ensemble_probabilities, tasks))


def _figures(data: Dataset, predicted: np.ndarray, cell: np.ndarray) -> dict:
    truth = data.sample_class
    right = (predicted == truth).mean(axis=0)
    return {
        "accuracy": round(float(right.mean()), 4),
        "standardError": round(clustered_standard_error(right, cell), 4),
        "accuracyBySource": {
            source: round(float(right[data.sample_source == source].mean()), 4)
            for source in dict.fromkeys(data.sample_source.tolist())
        },
        "perClass": {name: _class_figures(truth, predicted, index) for index, name in enumerate(data.class_names)},
    }


def clustered_standard_error(values: np.ndarray, cluster: np.ndarray) -> float:
    """Standard error of a mean whose values hang together within clusters (here: cells of the map)."""
    sums = np.bincount(cluster, weights=values - values.mean())
    clusters = len(sums)
    return float(np.sqrt(clusters / (clusters - 1) * (sums**2).sum()) / len(values))


def _class_figures(truth: np.ndarray, predicted: np.ndarray, index: int) -> dict:
    hits = ((predicted == index) & (truth == index)).sum(axis=1)
    precision = (hits / np.maximum((predicted == index).sum(axis=1), 1)).mean()
    recall = (hits / max((truth == index).sum(), 1)).mean()
    f1 = 2 * precision * recall / max(precision + recall, 1e-12)
    return {
        "samples": int((truth == index).sum()),
        "precision": round(float(precision), 4),
        "recall": round(float(recall), 4),
        "f1": round(float(f1), 4),
    }
