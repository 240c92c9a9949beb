"""smooth-v1 in NumPy and SciPy: the peer that the smoothing kernel is timed against.

Driven over standard input, see `serve.py`. Written to be fast: float32; the windows of a few rows at a time, so that
they stay in the second-level cache, laid side by side; NumPy's vectorised sort of the last axis, which for 49 values
beats its partition; the pixels whose window lacks data apart, as they are few.
"""

import sys

import numpy as np
from scipy.special import expit, logit

from serve import serve

F = np.float32


def smooth(values, window, strength, fraction, rows_at_once=2):
    """[row, column, class] probabilities, NaN without data, to the same smoothed."""
    height, width, classes = values.shape
    radius = window // 2
    full = window * window
    kept = int(np.ceil(fraction * full))
    out = np.empty_like(values)
    padded = np.full((height + 2 * radius, width + 2 * radius), -np.inf, F)
    inner = padded[radius : radius + height, radius : radius + width]
    seen = ~np.isnan(values[:, :, 0])
    for k in range(classes):
        x = logit(np.clip(values[:, :, k], F(0.0001), F(0.9999)))
        inner[:] = np.where(seen, x, -np.inf)
        windows = np.lib.stride_tricks.sliding_window_view(padded, (window, window))
        for row in range(0, height, rows_at_once):
            part = slice(row, row + rows_at_once)
            ordered = windows[part].reshape(-1, full)
            ordered.sort(axis=1)
            best = ordered[:, full - kept :]
            mean, variance = best.mean(axis=1), best.var(axis=1)
            few = np.nonzero(ordered[:, 0] == -np.inf)[0]
            if len(few):
                mean[few], variance[few] = incomplete(ordered[few], fraction)
            mean, variance = mean.reshape(-1, width), variance.reshape(-1, width)
            out[part, :, k] = expit((variance * x[part] + F(strength) * mean) / (variance + F(strength)))
    out /= out.sum(axis=2, keepdims=True)
    out[~seen] = np.nan
    return out


def incomplete(ordered, fraction):
    """Mean and variance of the highest, of ascending rows that begin with -inf."""
    full = ordered.shape[1]
    kept = np.ceil(fraction * np.isfinite(ordered).sum(axis=1))[:, None]
    used = np.arange(full)[None] >= full - kept
    kept = np.maximum(kept[:, 0], 1)
    mean = np.where(used, ordered, 0).sum(axis=1) / kept
    return mean, np.where(used, np.square(ordered - mean[:, None]), 0).sum(axis=1) / kept


def main(source, height, width, path):
    values = np.fromfile(source, "<f4").reshape(height, width, -1)
    results = []

    def run():
        with np.errstate(all="ignore"):
            results[:] = [smooth(values, 7, 20, 0.5)]

    serve(run, lambda: results[0].astype("<f4").tofile(path))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
