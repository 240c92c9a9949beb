import { clipFootprint } from '#shared/stac/clip-footprint.ts';
import type { Footprint, LonLatBox, Scene } from '#shared/stac/scene.ts';
import type { PackedAsset } from './pack-asset.ts';

/** The item of a packed scene: what its source said, with the cut-outs in place of the assets. */
export function packItem(scene: Scene, packed: ReadonlyMap<string, PackedAsset>, box: LonLatBox, collection: string) {
  const published = scene.item.assets as Record<string, Record<string, unknown>>;
  const assets = Object.entries(scene.assets).flatMap(([band, asset]) => {
    const file = packed.get(band);
    return file ? [[asset.key, packedAsset(published[asset.key], `./${band}.tif`, file)] as const] : [];
  });
  const placed = placedIn(scene, box);
  return {
    ...scene.item,
    ...placed,
    collection,
    assets: Object.fromEntries(assets),
    links: [
      { rel: 'collection', href: '../collection.json', type: 'application/json' },
      { rel: 'root', href: '../collection.json', type: 'application/json' },
      ...(scene.href.startsWith('http') ? [{ rel: 'via', href: scene.href, type: 'application/geo+json' }] : []),
    ],
  };
}

function packedAsset(
  published: Record<string, unknown>,
  href: string,
  { bytes, sha256, shape, transform }: PackedAsset,
) {
  return {
    ...published,
    // Other addresses of the whole file are not those of the cut-out; JSON leaves out what is undefined.
    alternate: undefined,
    href,
    type: 'image/tiff; application=geotiff; profile=cloud-optimized',
    'proj:shape': shape,
    'proj:transform': transform,
    'file:size': bytes.length,
    'file:checksum': `1220${sha256}`,
  };
}

/** The footprint cut to the pack, so that a map of another place finds no scene here instead of empty ones. */
function placedIn(scene: Scene, box: LonLatBox): { geometry: Footprint; bbox: LonLatBox } {
  const [west, south, east, north] = scene.bbox;
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  const geometry = scene.geometry ?? { type: 'Polygon', coordinates: [ring] };
  return clipFootprint(geometry, box) ?? { geometry, bbox: scene.bbox };
}

/** What a pack holds and for which request it was made. */
export interface PackInfo {
  id: string;
  title: string;
  license: string;
  box: LonLatBox;
  start: string;
  end: string;
  source: string;
  items: readonly string[];
}

/** The pack's `collection.json`, a static catalog. */
export function packCollection({ id, title, license, box, start, end, source, items }: PackInfo) {
  return {
    type: 'Collection',
    stac_version: '1.0.0',
    id,
    title,
    description: `Season pack: cut-outs of Sentinel-2 L2A scenes from ${source}, unchanged pixels in their own grid. Contains modified Copernicus Sentinel data.`,
    license,
    extent: {
      spatial: { bbox: [box] },
      temporal: { interval: [[`${start}T00:00:00Z`, `${end}T23:59:59Z`]] },
    },
    links: [
      { rel: 'license', href: './LICENSE.txt', type: 'text/plain' },
      ...items.map((item) => ({ rel: 'item', href: `./${item}/${item}.json`, type: 'application/geo+json' })),
    ],
  };
}
