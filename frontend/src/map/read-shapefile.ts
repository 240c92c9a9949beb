import shp from 'shpjs';
import { AreaFileError } from './area-file-error.ts';

/** The main file begins with 9994; what it holds comes after 100 bytes. */
const magic = 9994;
const headerBytes = 100;
/** Datums that are WGS 84 to within a metre or two; others would need a shift that nobody can guess. */
const knownDatum = /WGS[_ ]?(19)?84|WGS_1984|ETRS|GRS[_ ]?1980|Hartebeesthoek|ITRF|TOWGS84|European_Terrestrial/i;
const maxPrjBytes = 10_000;

/** The shapes of a shapefile as GeoJSON geometries in degrees, by the projection that comes with it. */
export async function readShapefile(main: Uint8Array, projection: Uint8Array | undefined): Promise<unknown[]> {
  checkHeader(main);
  if (!projection) throw new AreaFileError('areaFile.noCrs');
  const prj = new TextDecoder().decode(projection.subarray(0, maxPrjBytes)).trim();
  if (!knownDatum.test(prj)) throw new AreaFileError('areaFile.unknownCrs', { crs: nameOf(prj) });
  let features: { geometry: unknown }[];
  try {
    ({ features } = await shp({ shp: main, prj }));
  } catch (cause) {
    throw new AreaFileError('areaFile.damagedShapefile', {}, { cause });
  }
  return features.map(({ geometry }) => geometry).filter((geometry) => geometry !== null && geometry !== undefined);
}

function checkHeader(main: Uint8Array): void {
  const view = new DataView(main.buffer, main.byteOffset, main.byteLength);
  const whole = main.length >= headerBytes && view.getInt32(0) === magic && view.getInt32(24) * 2 <= main.length;
  if (!whole) throw new AreaFileError('areaFile.damagedShapefile');
}

/** What a projection calls itself: the first name in its text. */
const nameOf = (prj: string) => /"([^"]{1,80})"/.exec(prj)?.[1] ?? prj.slice(0, 40);
