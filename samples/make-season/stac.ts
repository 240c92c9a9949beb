import { fromUtm, utmOfEpsg } from '#shared/domain/utm.ts';
import { bandMetres, bandNames } from './demo.ts';
import { outline } from './places.ts';
import type { Scene } from './scenes.ts';

const collectionId = 's2_l2a';
const cog = 'image/tiff; application=geotiff; profile=cloud-optimized';
const version = (extension: string) => `https://stac-extensions.github.io/${extension}/schema.json`;

/** Folder of a scene under the catalog's root, in the demo season's manner: 31/U/GS/2019/3/<id>. */
export function sceneFolder({ id, tile: { mgrs }, datetime }: Scene): string {
  const date = new Date(datetime);
  const path = [mgrs.slice(0, 2), mgrs[2], mgrs.slice(3), date.getUTCFullYear(), date.getUTCMonth() + 1, id];
  return path.join('/');
}

/** The edges of a scene in degrees, longitude first, closed. */
function footprint({ tile }: Scene): [number, number][] {
  const utm = utmOfEpsg(tile.epsg);
  if (!utm) throw new Error(`EPSG:${tile.epsg} is not UTM`);
  const ring = outline(tile.box, 2).map(([x, y]) => fromUtm(utm, x, y));
  return [...ring, ring[0]].map(([lon, lat]) => [Number(lon.toFixed(7)), Number(lat.toFixed(7))]);
}

function bboxOf(points: readonly (readonly [number, number])[]): number[] {
  const [lons, lats] = [points.map(([lon]) => lon), points.map(([, lat]) => lat)];
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}

function asset({ tile: { box } }: Scene, band: (typeof bandNames)[number]) {
  const metres = bandMetres[band];
  const scale = band === 'SCL' ? {} : { scale: 0.0001, offset: 0 };
  const type = band === 'SCL' ? 'uint8' : 'uint16';
  return {
    href: `./${band}.tif`,
    type: cog,
    roles: ['data'],
    title: band,
    'proj:shape': [(box[3] - box[1]) / metres, (box[2] - box[0]) / metres],
    'proj:transform': [metres, 0, box[0], 0, -metres, box[3], 0, 0, 1],
    'raster:bands': [{ data_type: type, nodata: 0, ...scale, spatial_resolution: metres }],
  };
}

/** The STAC item of a scene. */
export function stacItem(scene: Scene, cloudCover: number) {
  const ring = footprint(scene);
  const root = { href: '../../../../../../collection.json', type: 'application/json' };
  return {
    type: 'Feature',
    stac_version: '1.0.0',
    stac_extensions: [version('projection/v1.1.0'), version('raster/v1.1.0'), version('eo/v1.1.0')],
    id: scene.id,
    collection: collectionId,
    bbox: bboxOf(ring),
    geometry: { type: 'Polygon', coordinates: [ring] },
    properties: {
      datetime: scene.datetime,
      created: scene.created,
      platform: scene.platform,
      constellation: 'sentinel-2',
      gsd: 10,
      'proj:epsg': scene.tile.epsg,
      's2:mgrs_tile': scene.tile.mgrs,
      's2:processing_baseline': scene.baseline,
      'eo:cloud_cover': cloudCover,
    },
    assets: Object.fromEntries(bandNames.map((band) => [band, asset(scene, band)])),
    links: [
      { rel: 'collection', ...root },
      { rel: 'root', ...root },
    ],
  };
}

/** The STAC collection that links every scene. */
export function stacCollection(scenes: readonly Scene[]) {
  const times = scenes.map((scene) => scene.datetime).sort();
  return {
    type: 'Collection',
    stac_version: '1.0.0',
    id: collectionId,
    title: 'Synthetic Sentinel-2 L2A season, MGRS 31UGS and 32UKB',
    description:
      'Made for tests from 640 m of real scenes by mirroring and noise; it shows no real place. Contains modified Copernicus Sentinel data. DN = reflectance x 10000, no offset; 0 = no data.',
    license: 'proprietary',
    extent: {
      spatial: { bbox: [bboxOf(scenes.flatMap(footprint))] },
      temporal: { interval: [[times[0], times[times.length - 1]]] },
    },
    links: scenes.map((scene) => ({
      rel: 'item',
      href: `./${sceneFolder(scene)}/${scene.id}.json`,
      type: 'application/geo+json',
    })),
  };
}

/** A polygon that touches exactly the season's chunks: their box less a rim. */
export function aoiGeojson(epsg: number, [minX, minY, maxX, maxY]: readonly number[], rim = 200) {
  const utm = utmOfEpsg(epsg);
  if (!utm) throw new Error(`EPSG:${epsg} is not UTM`);
  const inner = outline([minX + rim, minY + rim, maxX - rim, maxY - rim], 1);
  const ring = inner.map(([x, y]) => fromUtm(utm, x, y));
  return { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [[...ring, ring[0]]] } };
}
