"""The parts of a map joined by rasterio and made a COG by rio-cogeo: the peer that stitching is timed against.

Driven over standard input, see `serve.py`. Written to be fast: the parts are placed into one array in memory, whose
uncompressed GeoTIFF rio-cogeo then translates with all threads; overviews by mode, both bands alike.
"""

import sys
from pathlib import Path

import rasterio
from rasterio.io import MemoryFile
from rasterio.merge import merge
from rio_cogeo.cogeo import cog_translate
from rio_cogeo.profiles import cog_profiles
from serve import serve


def stitch(paths, out, threads):
    with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_CACHEMAX=1024):
        image, transform = merge(paths)
        with rasterio.open(paths[0]) as first:
            profile = {**first.profile, "transform": transform, "width": image.shape[2], "height": image.shape[1]}
            colours = first.colormap(1)
        for name in ("compress", "predictor"):
            profile.pop(name, None)
        with MemoryFile() as memory:
            with memory.open(**profile) as whole:
                whole.write(image)
                whole.write_colormap(1, colours)
            cog = {**cog_profiles.get("deflate"), "predictor": 2, "zlevel": 6, "interleave": "band"}
            with memory.open() as whole:
                cog_translate(
                    whole,
                    out,
                    cog,
                    overview_resampling="mode",
                    config={"GDAL_NUM_THREADS": threads, "GDAL_TIFF_OVR_BLOCKSIZE": "512"},
                    in_memory=True,
                    quiet=True,
                )


def main(parts, threads, out):
    paths = sorted(str(path) for path in Path(parts).glob("*.tif"))
    serve(lambda: stitch(paths, out, threads), lambda: None)


if __name__ == "__main__":
    main(*sys.argv[1:])
