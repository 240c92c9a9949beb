import type { AoiLimits } from '#shared/domain/check-aoi.ts';
import { AreaFileError } from './area-file-error.ts';
import { areaOfPolygons, polygonsIn } from './area-polygons.ts';
import { readShapefile } from './read-shapefile.ts';
import { readZip } from './read-zip.ts';
import type { AreaGeojson } from './types.ts';

/** An area, or the text of a KML document, which needs the parser of a page. */
export type ReadArea = { area: AreaGeojson } | { kml: string };

const shapefilePart = /\.(shp|prj|kml)$/i;
const zipSignature = [0x50, 0x4b];
const shpSignature = [0, 0, 0x27, 0x0a];
/** The names that mean WGS 84 with longitude first. */
const degreesCrs = /(CRS84|OGC:1\.3:CRS84|EPSG:{1,2}4326)$/i;

const startsWith = (bytes: Uint8Array, signature: number[]) => signature.every((byte, i) => bytes[i] === byte);
const isOwnFile = (name: string) => !name.startsWith('__MACOSX/') && shapefilePart.test(name);
const byExtension = (names: string[], extension: string) =>
  names.filter((name) => name.toLowerCase().endsWith(extension));

/** Reads the content of a dropped file, by what it is, not by its name. */
export async function readAreaBytes(bytes: Uint8Array, limits: AoiLimits): Promise<ReadArea> {
  if (startsWith(bytes, zipSignature)) return readArchive(bytes, limits);
  if (startsWith(bytes, shpSignature)) throw new AreaFileError('areaFile.bareShapefile');
  const text = new TextDecoder().decode(bytes).trimStart();
  if (text.startsWith('<')) return { kml: text };
  if (text.startsWith('{')) return { area: areaOfJson(text, limits) };
  throw new AreaFileError('areaFile.unknownKind');
}

function areaOfJson(text: string, limits: AoiLimits): AreaGeojson {
  let document: { crs?: { properties?: { name?: unknown } } };
  try {
    document = JSON.parse(text) as typeof document;
  } catch (cause) {
    throw new AreaFileError('areaFile.notJson', { where: cause instanceof Error ? cause.message.slice(0, 120) : '' });
  }
  const crs = document.crs?.properties?.name;
  if (typeof crs === 'string' && !degreesCrs.test(crs))
    throw new AreaFileError('areaFile.unknownCrs', { crs: crs.slice(0, 80) });
  return areaOfPolygons(polygonsIn(document), limits);
}

async function readArchive(bytes: Uint8Array, limits: AoiLimits): Promise<ReadArea> {
  const files = readZip(bytes, isOwnFile);
  const names = [...files.keys()];
  const shapes = byExtension(names, '.shp');
  const [kml] = byExtension(names, '.kml');
  if (shapes.length === 0 && kml !== undefined) return { kml: new TextDecoder().decode(files.get(kml)) };
  if (shapes.length === 0) throw new AreaFileError('areaFile.noShapefile');
  if (shapes.length > 1)
    throw new AreaFileError('areaFile.manyShapefiles', { names: shapes.slice(0, 5).join(', ').slice(0, 200) });
  const base = shapes[0].slice(0, -'.shp'.length).toLowerCase();
  const prj = names.find((name) => name.toLowerCase() === `${base}.prj`);
  const geometries = await readShapefile(files.get(shapes[0])!, prj === undefined ? undefined : files.get(prj));
  return { area: areaOfPolygons(polygonsIn({ type: 'GeometryCollection', geometries }), limits) };
}
