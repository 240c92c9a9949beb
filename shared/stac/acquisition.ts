import type { StacProperties } from './item-schema.ts';

const isText = (value: unknown): value is string => typeof value === 'string' && value.length > 0;

/** Product names, which carry tile (_T31UES_) and baseline (_N0510_ or _N05.10), as the publishers place them. */
function productNames(id: string, properties: StacProperties): string[] {
  const keys = [
    's2:product_uri',
    'sentinel:product_id',
    's2:granule_id',
    's2:tile_id',
    's2:datatake_id',
    's2:datastrip_id',
    'title',
  ];
  return [id, ...keys.map((key) => properties[key]).filter(isText)];
}

/** Satellite in lower case, from the item or from the S2A_ of its id; null where neither says. */
export function platformOf(id: string, properties: StacProperties): string | null {
  const stated = properties.platform ?? properties['eo:platform'];
  if (isText(stated)) return stated.toLowerCase();
  const letter = /^S2([A-D])_/.exec(id)?.[1];
  return letter ? `sentinel-2${letter.toLowerCase()}` : null;
}

function normalTile(text: string): string | null {
  const match = /^(?:MGRS-)?T?(\d{1,2})([C-HJ-NP-X][A-HJ-NP-Z][A-HJ-NP-V])$/i.exec(text);
  return match ? match[1].padStart(2, '0') + match[2].toUpperCase() : null;
}

/** MGRS tile of a Sentinel-2 item, as 05QKB; null where no property and no name tells it. */
export function tileOf(id: string, properties: StacProperties): string | null {
  const part = (prefix: string) =>
    ['utm_zone', 'latitude_band', 'grid_square'].map((name) => properties[`${prefix}:${name}`] ?? '').join('');
  const stated = [properties['grid:code'], properties['s2:mgrs_tile'], part('mgrs'), part('sentinel')];
  const named = productNames(id, properties).map((name) => /_T?(\d{1,2}[A-Z]{3})_/.exec(name)?.[1]);
  for (const text of [...stated, properties['odc:region_code'], ...named]) {
    const tile = isText(text) ? normalTile(text) : null;
    if (tile) return tile;
  }
  return null;
}

function normalBaseline(value: unknown): string | null {
  const text = typeof value === 'number' ? value.toFixed(2) : value;
  const match = isText(text) ? /^(\d{1,2})\.(\d{2})$/.exec(text) : null;
  return match ? `${match[1].padStart(2, '0')}.${match[2]}` : null;
}

function softwareVersions(properties: StacProperties): unknown[] {
  const software = properties['processing:software'];
  return software && typeof software === 'object' ? Object.values(software) : [];
}

/** Processing baseline as 05.10, from its property or from the product's name; null where neither says. */
export function baselineOf(id: string, properties: StacProperties): string | null {
  const keys = ['s2', 'sentinel2', 'sentinel', 'earthsearch'].map((prefix) => `${prefix}:processing_baseline`);
  const stated = [...keys, 'processing:version'].map((key) => properties[key]);
  for (const value of [...stated, ...softwareVersions(properties)]) {
    const baseline = normalBaseline(value);
    if (baseline) return baseline;
  }
  for (const name of productNames(id, properties)) {
    const match = /_N(\d{2})\.?(\d{2})(?:_|\.SAFE|$)/.exec(name);
    if (match) return `${match[1]}.${match[2]}`;
  }
  return null;
}
