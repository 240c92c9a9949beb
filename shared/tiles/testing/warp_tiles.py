"""What gdalwarp -r near -et 0 -ovr NONE makes of tiles: warp_tiles.py FILE JSON-TILES OUT-FILE.

A tile is {epsg, bounds: [west, south, east, north], size}; the pixels follow one another in OUT-FILE.
"""
import json
import sys

from osgeo import gdal

gdal.UseExceptions()
source, tiles, out = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
with open(out, "wb") as file:
    for tile in tiles:
        warped = gdal.Warp(
            "",
            source,
            format="MEM",
            dstSRS=f"EPSG:{tile['epsg']}",
            outputBounds=tile["bounds"],
            width=tile["size"],
            height=tile["size"],
            resampleAlg="near",
            errorThreshold=0,
            overviewLevel="NONE",
            # Where the source is no part of a tile GDAL leaves what it initialised.
            warpOptions=["INIT_DEST=NO_DATA"],
            dstNodata=255 if tile.get("nodata") is None else tile["nodata"],
        )
        file.write(warped.GetRasterBand(1).ReadRaster())
