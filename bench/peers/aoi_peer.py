"""An area's crop map by the tools of Python: what `geocrop map` is timed against.

    aoi_peer.py SEASON SCENES MODELS X Y RADIUS PROCESSES OUT

Rasterio reads, NumPy and SciPy compute the features (`features_peer.py`), the boosters predict by their own libraries,
NumPy smooths (`smoothing_peer.py`) and rio-cogeo writes. Written to be fast: processes instead of threads, forked when
everything is imported, over one shared season that holds the pixels of the area alone; scenes that show nothing are
skipped after their classification; one thread in each library. The time begins when the libraries and models are loaded.
"""

import json
import mmap
import os
import sys
import time
from multiprocessing import get_context
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage

os.environ.update(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_NUM_THREADS="1", GDAL_CACHEMAX="64")

import catboost
import lightgbm
import numpy as np
import rasterio
import xgboost
from rasterio.io import MemoryFile
from rasterio.transform import from_origin
from rasterio.windows import Window
from rio_cogeo.cogeo import cog_translate
from rio_cogeo.profiles import cog_profiles
from scipy.ndimage import binary_dilation

from features_peer import VISIBLE, features
from smoothing_peer import smooth

BANDS = ("B03", "B04", "B05", "B07", "B08", "B11")
CLASSES, RADIUS = 7, 3
PIXELS_OF_FEATURES, PIXELS_OF_PREDICTION, ROWS_OF_SMOOTHING = 4096, 32768, 128
# What the forked processes share; set before they are forked.
shared = {}
models = []


def load_models(folder):
    booster = xgboost.Booster({"nthread": 1}, model_file=os.path.join(folder, "xgboost.json"))
    forest = lightgbm.Booster(model_file=os.path.join(folder, "lightgbm.txt"))
    classifier = catboost.CatBoostClassifier().load_model(os.path.join(folder, "catboost.cbm"))
    models[:] = [
        lambda rows: booster.inplace_predict(rows),
        lambda rows: forest.predict(rows, num_threads=1),
        lambda rows: classifier.predict_proba(rows, thread_count=1),
    ]


def array(shape, dtype):
    """Zeros that forked processes share."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    return np.frombuffer(mmap.mmap(-1, size), dtype).reshape(shape)


def area(x, y, radius, transform):
    """The window of the computed pixels, in whole pixels of 20 m, with the masks of the area and of what is computed."""
    west, north = transform.c, transform.f
    reach = radius + 10 * RADIUS + 20
    left, top = (int((x - reach - west) // 20) * 2, int((north - y - reach) // 20) * 2)
    side = int(2 * reach // 20) * 2 + 4
    across = west + (left + np.arange(side) + 0.5) * 10 - x
    down = north - (top + np.arange(side) + 0.5) * 10 - y
    inside = across[None] ** 2 + down[:, None] ** 2 <= radius**2
    computed = binary_dilation(inside, np.ones((2 * RADIUS + 1,) * 2, bool))
    return left, top, side, inside, computed


def read_scene(index):
    left, top, side = shared["window"]
    folder = os.path.join(shared["season"], shared["scenes"][index]["folder"])

    def band(name, to):
        with rasterio.open(os.path.join(folder, f"{name}.tif")) as file:
            by = int(file.transform.a) // 10
            values = file.read(1, window=Window(left // by, top // by, side // by, side // by))
        if by > 1:
            values = values.repeat(by, axis=0).repeat(by, axis=1)
        np.take(values, shared["places"], out=to, mode="clip")

    classes = shared["classes"][index]
    band("SCL", classes)
    if VISIBLE[classes].any():
        for i, name in enumerate(BANDS):
            band(name, shared["numbers"][index, i])


def predict(first):
    to = slice(first, min(first + PIXELS_OF_PREDICTION, shared["places"].size))
    rows = np.empty((to.stop - to.start, 51), np.float32)
    with np.errstate(all="ignore"):
        for at in range(to.start, to.stop, PIXELS_OF_FEATURES):
            part = slice(at, min(at + PIXELS_OF_FEATURES, to.stop))
            out = rows[part.start - to.start : part.stop - to.start]
            features(shared["numbers"][:, :, part], shared["classes"][:, part], shared["scenes"], out)
        seen = ~np.isnan(rows[:, 0])
        known = rows if seen.all() else rows[seen]
        result = np.full((len(rows), CLASSES), np.nan, np.float32)
        if len(known):
            result[seen] = np.mean([model(known) for model in models], axis=0)
    shared["probabilities"].reshape(-1, CLASSES)[shared["places"][to]] = result


def smooth_rows(first):
    probabilities = shared["probabilities"]
    last = min(first + ROWS_OF_SMOOTHING, len(probabilities))
    begin = max(0, first - RADIUS)
    with np.errstate(all="ignore"):
        part = smooth(probabilities[begin : last + RADIUS], 7, 20, 0.5)[first - begin : last - begin]
    best = np.nan_to_num(part).argmax(axis=2)
    share = np.take_along_axis(part, best[:, :, None], 2)[:, :, 0]
    is_known = shared["inside"][first:last] & ~np.isnan(share)
    shared["map"][0, first:last] = np.where(is_known, best + 1, 0)
    shared["map"][1, first:last] = np.where(is_known, np.maximum(1, np.floor(100 * np.nan_to_num(share) + 0.5)), 0)


def write(path, transform, crs):
    left, top, side = shared["window"]
    place = from_origin(transform.c + left * 10, transform.f - top * 10, 10, 10)
    profile = {"driver": "GTiff", "width": side, "height": side, "count": 2, "dtype": "uint8", "nodata": 0}
    with MemoryFile() as memory:
        with memory.open(**profile, crs=crs, transform=place) as plain:
            plain.write(shared["map"])
        with memory.open() as plain:
            options = {"overview_resampling": "mode", "in_memory": True, "quiet": True}
            cog_translate(plain, path, cog_profiles.get("deflate"), **options)


def main(season, scenes, folder, x, y, radius, processes, out):
    with open(scenes, encoding="utf-8") as file:
        passes = json.load(file)
    load_models(folder)
    with rasterio.open(os.path.join(season, passes[0]["folder"], "B03.tif")) as first:
        transform, crs = first.transform, first.crs
    left, top, side, inside, computed = area(x, y, radius, transform)
    places = np.flatnonzero(computed)
    shared.update(season=season, scenes=passes, window=(left, top, side), inside=inside, places=places)
    shared["numbers"] = array((len(passes), 6, places.size), np.uint16)
    shared["classes"] = array((len(passes), places.size), np.uint8)
    shared["probabilities"] = array((side, side, CLASSES), np.float32)
    shared["map"] = array((2, side, side), np.uint8)
    with get_context("fork").Pool(processes) as pool:
        pool.map(abs, range(processes))
        start, before = time.perf_counter(), cpu(pool)
        marks = [start]
        shared["probabilities"][:] = np.nan
        for step, items in (
            (read_scene, range(len(passes))),
            (predict, range(0, places.size, PIXELS_OF_PREDICTION)),
            (smooth_rows, range(0, side, ROWS_OF_SMOOTHING)),
        ):
            pool.map(step, items, chunksize=1)
            marks.append(time.perf_counter())
        write(out, transform, crs)
        marks.append(time.perf_counter())
        steps = dict(zip(("read", "predict", "smooth", "write"), np.diff(marks).round(3).tolist()))
        print(json.dumps({"wall": marks[-1] - start, "cpu": cpu(pool) - before, "steps": steps}), flush=True)
        pool.close()
        pool.join()


def cpu(pool):
    """Seconds of the processor of this process and those of the pool."""
    used = getrusage(RUSAGE_SELF).ru_utime + getrusage(RUSAGE_SELF).ru_stime + getrusage(RUSAGE_CHILDREN).ru_utime
    for process in pool._pool:
        with open(f"/proc/{process.pid}/stat", encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        used += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used


if __name__ == "__main__":
    main(*sys.argv[1:4], *map(float, sys.argv[4:7]), int(sys.argv[7]), sys.argv[8])
