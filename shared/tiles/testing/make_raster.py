"""Makes a class raster of irregular patches as a COG: make_raster.py FILE JSON-OPTIONS.

Options: epsg, origin [x, y], pixel [width, height], size [columns, rows], values, nodata (null: none), hole (a corner
without data), seed, confidence (adds band 2 as a job's map has it), overviews (resampling, null: none), compress,
palette ([red, green, blue] by value).
"""
import json
import sys

import numpy
from osgeo import gdal, osr

gdal.UseExceptions()


def patches(columns, rows, values, seed):
    """Fields of some ten pixels with ragged edges: the largest of several smooth random surfaces."""
    if len(values) == 1:
        return numpy.full((rows, columns), values[0], dtype=numpy.uint8)
    random = numpy.random.default_rng(seed)
    best = numpy.full((rows, columns), -numpy.inf, dtype=numpy.float32)
    field = numpy.zeros((rows, columns), dtype=numpy.uint8)
    y, x = numpy.mgrid[0:rows, 0:columns].astype(numpy.float32)
    for value in values:
        surface = numpy.zeros((rows, columns), dtype=numpy.float32)
        for _ in range(5):
            fx, fy, phase = random.uniform(-0.12, 0.12), random.uniform(-0.12, 0.12), random.uniform(0, 6.28)
            surface += numpy.sin(fx * x + fy * y + phase)
        surface += random.normal(0, 0.15, surface.shape).astype(numpy.float32)
        field[surface > best] = value
        best = numpy.maximum(best, surface)
    return field


def main(path, options):
    columns, rows = options["size"]
    field = patches(columns, rows, options["values"], options.get("seed", 1))
    if options.get("hole"):
        field[: rows // 2, : columns // 2] = options["nodata"]
    bands = [field]
    if options.get("confidence"):
        random = numpy.random.default_rng(options.get("seed", 1) + 1)
        bands.append(numpy.where(field == 0, 0, random.integers(1, 101, field.shape)).astype(numpy.uint8))
    memory = gdal.GetDriverByName("MEM").Create("", columns, rows, len(bands), gdal.GDT_Byte)
    (x, y), (width, height) = options["origin"], options["pixel"]
    memory.SetGeoTransform([x, width, 0, y, 0, -height])
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(options["epsg"])
    memory.SetProjection(reference.ExportToWkt())
    for index, values in enumerate(bands):
        band = memory.GetRasterBand(index + 1)
        if options.get("nodata") is not None:
            band.SetNoDataValue(options["nodata"])
        band.WriteArray(values)
    if options.get("palette"):
        table = gdal.ColorTable()
        for value, colour in enumerate(options["palette"]):
            table.SetColorEntry(value, (*colour, 255))
        memory.GetRasterBand(1).SetColorTable(table)
    creation = ["COMPRESS=" + options.get("compress", "DEFLATE"), "BLOCKSIZE=512"]
    resampling = options.get("overviews", "MODE")
    creation.append("OVERVIEW_RESAMPLING=" + resampling if resampling else "OVERVIEWS=NONE")
    gdal.GetDriverByName("COG").CreateCopy(path, memory, options=creation)


main(sys.argv[1], json.loads(sys.argv[2]))
