"""Windows of a COG read by rasterio: the peer that reading is timed against.

Driven over standard input, see `serve.py`; `make` as the first argument makes the COG from the benchmarks' season
instead. Each window opens the file anew, as a worker does that computes one chunk, and is read into memory that is
there already; GDAL decodes on its own threads with its block cache as large as it likes.
"""

import json
import sys

import numpy as np
import rasterio
from rasterio.transform import from_origin
from rasterio.windows import Window
from serve import serve

SIDE = 1024


def make(folder, path):
    """16 passes and bands of the season, 1024 x 1024 pixels each, with a little noise, as GDAL's own COG."""
    with open(f"{folder}/cube.json") as file:
        pixels = json.load(file)["pixels"]
    numbers = np.memmap(f"{folder}/numbers", "<u2", mode="r").reshape(-1, pixels)
    planes = [np.array(numbers[18 * i + i % 6]).reshape(SIDE, SIDE) for i in range(16)]
    image = np.vstack([np.hstack(planes[4 * i : 4 * i + 4]) for i in range(4)]).astype(np.int32)
    noise = np.random.default_rng(1).integers(-10, 11, image.shape)
    image = np.where(image == 0, 0, np.maximum(1, image + noise)).astype(np.uint16)
    profile = {
        **{"driver": "COG", "width": 4 * SIDE, "height": 4 * SIDE, "count": 1, "dtype": "uint16", "nodata": 0},
        **{"crs": "EPSG:32631", "transform": from_origin(574680, 5622440, 10, 10)},
        **{"compress": "DEFLATE", "predictor": 2, "blocksize": SIDE},
    }
    with rasterio.open(path, "w", **profile) as out:
        out.write(image, 1)


def main(path, threads, windows, answers):
    environment = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_CACHEMAX": 512}
    results = [np.empty((height, width), np.uint16) for _, _, width, height in windows]

    def run():
        for window, result in zip(windows, results):
            with rasterio.Env(**environment), rasterio.open(path, NUM_THREADS=threads) as source:
                source.read(1, window=Window(*window), out=result)

    serve(run, lambda: np.concatenate([result.ravel() for result in results]).tofile(answers))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2], sys.argv[3])
    else:
        main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), sys.argv[4])
