"""features-v1 in NumPy: the peer that the feature kernel is timed against.

Driven over standard input, see `serve.py`. Written to be fast: everything is [time, pixel], so that each operation
runs over contiguous pixels; float32 throughout; blocks of pixels whose working set stays in the second-level cache;
medians by the smallest sorting network that serves; smoothing, monthly means and harmonics as one matrix product each.
"""

import json
import os
import sys

import numpy as np
from scipy.signal import savgol_filter

from serve import serve

T = 27
F = np.float32
HIDDEN = (0, 1, 3, 8, 9, 10, 11)
VISIBLE = np.array([value not in HIDDEN for value in range(256)])

# Savitzky-Golay is linear: one 27 x 27 matrix, whose action SciPy gives.
SMOOTH = savgol_filter(np.eye(T), 5, 2, axis=0, mode="interp").astype(F)
MONTHS = np.kron(np.eye(9), np.full((1, 3), 1 / 3)).astype(F)
WAVES = np.stack([f(2 * np.pi * k * np.arange(T) / T) for k in (1, 2) for f in (np.cos, np.sin)]).astype(F)
# What is left of a series beside its mean and two harmonics.
RESIDUAL = (np.eye(T) - np.full((T, T), 1 / T) - 2 / T * WAVES.T.astype(float) @ WAVES.astype(float)).astype(F)


def median(values):
    """Median of [n, ...] over the first axis, NaN left out."""
    n = len(values)
    if n == 1:
        return values[0]
    if n == 2:
        a, b = values
        both = (a + b) * F(0.5)
        return np.where(np.isnan(both), np.fmin(a, b), both)
    if n == 3:
        a, b, c = values
        # fmin and fmax skip NaN, so the three are NaN only where they must be.
        low, high = np.fmin(np.fmin(a, b), c), np.fmax(np.fmax(a, b), c)
        middle = np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), c))
        return np.where(np.isnan(middle), (low + high) * F(0.5), middle)
    ordered = np.sort(values, axis=0)
    count = n - np.isnan(ordered).sum(axis=0)
    upper = np.take_along_axis(ordered, (count // 2)[None].clip(0, n - 1), 0)[0]
    lower = np.take_along_axis(ordered, ((count - 1) // 2)[None].clip(0, n - 1), 0)[0]
    return (lower + upper) * F(0.5)


def composite(numbers, classes, passes):
    """[band, dekad, pixel] reflectance, NaN where nothing was seen."""
    pixels = numbers.shape[2]
    out = np.full((6, T, pixels), np.nan, F)
    hidden = ~(VISIBLE[classes] & (numbers != 0).all(axis=1))
    for dekad in range(T):
        members = [i for i, each in enumerate(passes) if each["dekad"] == dekad]
        if not members:
            continue
        layers = np.empty((len(members), 6, pixels), F)
        for layer, i in zip(layers, members):
            for band, scaling in enumerate(passes[i]["bands"]):
                np.multiply(numbers[i, band], F(scaling["scale"]), out=layer[band], dtype=F)
                layer[band] += F(scaling["offset"])
            layer[:, hidden[i]] = np.nan
        out[:, dekad] = median(layers)
    return out


def quotient(above, below, low, high):
    small = np.abs(below) < F(1e-6)
    below[small] = 1
    np.divide(above, below, out=above)
    above[small] = 0
    return np.clip(above, low, high, out=above)


def fill(series, present):
    """Linear interpolation in time of [index, time, pixel] where not present, the ends held."""
    steps = np.arange(T, dtype=np.int16)[:, None]
    before = np.maximum.accumulate(np.where(present, steps, -1), axis=0)
    after = np.minimum.accumulate(np.where(present, steps, T)[::-1], axis=0)[::-1]
    left, right = np.where(before < 0, after, before), np.where(after >= T, before, after)
    np.clip(left, 0, T - 1, out=left)
    np.clip(right, 0, T - 1, out=right)
    rows, columns = np.nonzero(~present)
    left, right = left[rows, columns], right[rows, columns]
    weight = ((rows - left) / np.maximum(right - left, 1)).astype(F)
    for values in series:
        a, b = values[left, columns], values[right, columns]
        values[rows, columns] = a + (b - a) * weight


def peaks(v, threshold):
    """Local maxima of [time, pixel] with a prominence of at least the threshold, as `scipy.signal.find_peaks`."""
    rise, fall = v[1:-1] > v[:-2], v[1:-1] > v[2:]
    flat = (v[1:-1] == v[2:]) & rise
    t, pixel = np.nonzero(rise & fall)
    t += 1
    if flat.any():
        more = [(i + 1, j) for i, j in zip(*np.nonzero(flat)) if is_plateau_peak(v[:, j], i + 1)]
        t = np.concatenate([t, np.array([i for i, _ in more], int)])
        pixel = np.concatenate([pixel, np.array([j for _, j in more], int)])
    height = v[t, pixel]
    # A peak that does not even reach the threshold above the lowest of all is no candidate.
    wanted = threshold[pixel]
    likely = height - v.min(axis=0)[pixel] >= wanted
    t, pixel, height, wanted = t[likely], pixel[likely], height[likely], wanted[likely]
    prominent = np.ones(len(t), bool)
    columns = np.ascontiguousarray(v.T)
    for step in (-1, 1):
        low = height.copy()
        at, active = t.copy(), np.arange(len(t))
        while len(active):
            at = at + step
            inside = (at >= 0) & (at < T)
            active, at = active[inside], at[inside]
            value = columns[pixel[active], at]
            under = value <= height[active]
            active, at, value = active[under], at[under], value[under]
            low[active] = np.minimum(low[active], value)
            # Deep enough on this side: no need to walk on.
            shallow = height[active] - low[active] < wanted[active]
            active, at = active[shallow], at[shallow]
        prominent &= height - low >= wanted
    return np.bincount(pixel[prominent], minlength=v.shape[1])


def is_plateau_peak(series, start):
    end = start
    while end + 1 < T and series[end + 1] == series[start]:
        end += 1
    return end < T - 1 and series[end + 1] < series[start]


def phenology(v, ndre, cire, ndwi):
    columns = np.arange(v.shape[1])
    steps = np.arange(T, dtype=np.int16)[:, None]
    p = v.argmax(axis=0).astype(np.int16)
    top = v[p, columns]
    low_left = np.minimum.accumulate(v, axis=0)[p, columns]
    low_right = np.minimum.accumulate(v[::-1], axis=0)[T - 1 - p, columns]
    below = v < (low_left + top) * F(0.5)
    start = np.where(below & (steps <= p), steps, -1).max(axis=0) + 1
    below = v < (low_right + top) * F(0.5)
    end = np.where(below & (steps >= p), steps, T).min(axis=0) - 1
    area = np.cumsum(v, axis=0)
    first, last = v[start, columns], v[end, columns]
    amplitude = top - v.min(axis=0)
    length = end - start
    return [
        v.std(axis=0),
        amplitude,
        p,
        start,
        end,
        length,
        area[end, columns] - area[start, columns] + (first - last) * F(0.5),
        (top - first) / np.maximum(1, p - start),
        (last - top) / np.maximum(1, end - p),
        peaks(v, np.maximum(F(0.1), F(0.25) * amplitude)),
        np.sqrt(np.square(RESIDUAL @ v).mean(axis=0)),
        cire.max(axis=0),
        ndwi.max(axis=0),
        ndre.argmax(axis=0) - p,
        (p - start) / np.maximum(1, length),
    ]


def features(numbers, classes, passes, out):
    """[pass, band, pixel] digital numbers and [pass, pixel] classes to `out`, [pixel, 51]."""
    bands = composite(numbers, classes, passes)
    b03, b04, b05, b07, b08, b11 = bands
    present = ~np.isnan(b03)
    series = np.empty((5, *b03.shape), F)
    for i, (a, b) in enumerate(((b08, b04), (b08, b05), (b08, b11), (b03, b08))):
        series[i] = quotient(a - b, a + b, F(-1), F(1))
    series[4] = quotient(b07 - b05, b05.copy(), F(-1), F(10))
    fill(series, present)
    series = np.matmul(SMOOTH, series)
    for i in range(4):
        out[:, 9 * i : 9 * i + 9] = (MONTHS @ series[i]).T
    for i, values in enumerate(phenology(series[0], series[1], series[4], series[3])):
        out[:, 36 + i] = values
    out[present.sum(axis=0) < 3] = np.nan


def load(folder):
    with open(os.path.join(folder, "cube.json"), encoding="utf-8") as file:
        cube = json.load(file)
    passes, pixels = cube["passes"], cube["pixels"]
    numbers = np.fromfile(os.path.join(folder, "numbers"), "<u2").reshape(len(passes), 6, pixels)
    classes = np.fromfile(os.path.join(folder, "classes"), "u1").reshape(len(passes), pixels)
    return passes, numbers, classes


def main(folder, block, path):
    passes, numbers, classes = load(folder)
    pixels = classes.shape[1]
    out = np.zeros((pixels, 51), F)

    def run():
        with np.errstate(all="ignore"):
            for at in range(0, pixels, block):
                to = slice(at, at + block)
                features(numbers[:, :, to], classes[:, to], passes, out[to])

    serve(run, lambda: out.tofile(path))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
