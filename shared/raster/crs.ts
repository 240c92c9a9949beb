import { utmOfEpsg } from '#shared/domain/utm.ts';

/** A coordinate reference system as proj4 understands it; axes are always easting (or longitude), then northing. */
export interface Crs {
  /** EPSG code; null for a projection that the file defines itself. */
  epsg: number | null;
  proj4: string;
  name: string;
}

const grs80 = '+ellps=GRS80 +towgs84=0,0,0,0,0,0,0 +no_defs';

/** Definitions as in the EPSG registry; ETRS89 and NAD83 are taken as equal to WGS 84 (better than 2 m). */
const definitions: Readonly<Record<number, [string, string]>> = {
  4326: ['WGS 84', '+proj=longlat +datum=WGS84 +no_defs'],
  4258: ['ETRS89', `+proj=longlat ${grs80}`],
  4269: ['NAD83', `+proj=longlat ${grs80}`],
  3857: [
    'WGS 84 / Pseudo-Mercator',
    '+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m +nadgrids=@null +no_defs',
  ],
  3035: ['ETRS89-extended / LAEA Europe', `+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210000 +units=m ${grs80}`],
  2154: [
    'RGF93 / Lambert-93',
    `+proj=lcc +lat_1=49 +lat_2=44 +lat_0=46.5 +lon_0=3 +x_0=700000 +y_0=6600000 +units=m ${grs80}`,
  ],
  27700: [
    'OSGB36 / British National Grid',
    '+proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy +towgs84=446.448,-125.157,542.06,0.15,0.247,0.842,-20.489 +units=m +no_defs',
  ],
  6933: [
    'WGS 84 / NSIDC EASE-Grid 2.0 Global',
    '+proj=cea +lat_ts=30 +lon_0=0 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs',
  ],
};

function utmCrs(epsg: number): Crs | null {
  const utm = utmOfEpsg(epsg);
  if (!utm) return null;
  const hemisphere = utm.north ? '' : ' +south';
  return {
    epsg,
    proj4: `+proj=utm +zone=${utm.zone}${hemisphere} +datum=WGS84 +units=m +no_defs`,
    name: `WGS 84 / UTM zone ${utm.zone}${utm.north ? 'N' : 'S'}`,
  };
}

/** ETRS89 UTM (258zz, zones 28-38) and NAD83 UTM (269zz, zones 1-23). */
function gridUtmCrs(epsg: number): Crs | null {
  const zone = epsg % 100;
  const base = epsg - zone;
  const etrs = base === 25800 && zone >= 28 && zone <= 38;
  const nad = base === 26900 && zone >= 1 && zone <= 23;
  if (!etrs && !nad) return null;
  return {
    epsg,
    proj4: `+proj=utm +zone=${zone} +units=m ${grs80}`,
    name: `${etrs ? 'ETRS89' : 'NAD83'} / UTM zone ${zone}N`,
  };
}

/** The CRS of an EPSG code; null for a code that is not known here. */
export function crsOfEpsg(epsg: number): Crs | null {
  const known = definitions[epsg];
  if (known) return { epsg, proj4: known[1], name: known[0] };
  return utmCrs(epsg) ?? gridUtmCrs(epsg);
}

/** Whether coordinates of the two are the same numbers. */
export function sameCrs(a: Crs, b: Crs): boolean {
  return a.epsg !== null && b.epsg !== null ? a.epsg === b.epsg : a.proj4 === b.proj4;
}
