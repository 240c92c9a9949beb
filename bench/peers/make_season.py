"""Writes the scenes of a made season: real bands, mirrored to a larger square with fresh noise, as GDAL's own COGs.

    make_season.py PLAN      (JSON: {side, block, originX, originY, epsg, noise, scenes: [{files, folder, flipped}]})

No data stays no data, and nothing else becomes it. Classes get no noise.
"""

import json
import os
import sys

import numpy as np
import rasterio
import rasterio.shutil
from rasterio.crs import CRS
from rasterio.io import MemoryFile
from rasterio.transform import from_origin


def mirrored(plane, side, flipped):
    plane = plane[::-1] if flipped else plane
    return np.pad(plane, [(0, side - length) for length in plane.shape], mode="symmetric")


def write(path, values, transform, epsg, block):
    height, width = values.shape
    profile = {"width": width, "height": height, "count": 1, "dtype": values.dtype, "nodata": 0}
    coding = {"compress": "DEFLATE", "predictor": "YES", "level": 6, "blocksize": block, "overviews": "NONE"}
    with MemoryFile() as memory:
        with memory.open(driver="GTiff", crs=CRS.from_epsg(epsg), transform=transform, **profile) as plain:
            plain.write(values, 1)
        with memory.open() as plain:
            rasterio.shutil.copy(plain, path, driver="COG", **coding)


def main(plan):
    rng = np.random.default_rng(7)
    for number, scene in enumerate(plan["scenes"]):
        os.makedirs(scene["folder"], exist_ok=True)
        for band, source in scene["files"].items():
            with rasterio.open(source) as file:
                plane, metres = file.read(1), int(file.transform.a)
            side = plan["side"] * 10 // metres
            values = mirrored(plane, side, scene["flipped"])
            if band != "SCL":
                noisy = values + rng.integers(-plan["noise"], plan["noise"], values.shape, endpoint=True)
                values = np.where(values == 0, 0, np.clip(noisy, 1, 65535)).astype(np.uint16)
            else:
                values = values.astype(np.uint8)
            transform = from_origin(plan["originX"], plan["originY"], metres, metres)
            write(os.path.join(scene["folder"], f"{band}.tif"), values, transform, plan["epsg"], plan["block"])
        print(f"bench: {number + 1} of {len(plan['scenes'])} scenes", end="\r", file=sys.stderr, flush=True)


with open(sys.argv[1], encoding="utf-8") as text:
    main(json.load(text))
