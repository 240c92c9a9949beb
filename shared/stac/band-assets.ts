import type { Band } from '#shared/domain/bands.ts';
import type { StacAsset, StacItem } from './item-schema.ts';

/**
 * Asset keys of each band, in lower case: by number (Earth Search v0, Digital Earth Africa `s2_l2a`, Planetary
 * Computer), by name (Earth Search v1, `s2_l2a_c1`) and Open Data Cube's aliases. `nir` is B08; `nir08` is B8A, and
 * `rededge2` is B06: neither may stand in.
 */
const aliases: Record<Band, readonly string[]> = {
  B02: ['b02', 'blue'],
  B03: ['b03', 'green'],
  B04: ['b04', 'red'],
  B05: ['b05', 'rededge1', 'red_edge_1'],
  B07: ['b07', 'rededge3', 'red_edge_3'],
  B08: ['b08', 'nir', 'nir_1'],
  B11: ['b11', 'swir16', 'swir_16', 'swir_1'],
  SCL: ['scl'],
};
const bands = Object.keys(aliases) as Band[];

const isJpeg2000 = ({ type, href }: StacAsset) => /jp2|jpx/i.test(type ?? '') || /\.jp2(?:[?#]|$)/i.test(href);

function readable(asset: StacAsset): boolean {
  const pictures = ['thumbnail', 'overview', 'visual', 'metadata'];
  return !isJpeg2000(asset) && !asset.roles?.some((role) => pictures.includes(role));
}

/** The name of an asset's only band, lower case, from `bands` (STAC 1.1) or `eo:bands`; null if it has none or several. */
function bandName(asset: StacAsset): string | null {
  const list = asset.bands ?? asset['eo:bands'];
  if (!Array.isArray(list) || list.length !== 1) return null;
  const name: unknown = list[0]?.['eo:name'] ?? list[0]?.name;
  return typeof name === 'string' ? name.toLowerCase() : null;
}

/** The assets to read, by band; a band without a readable asset is absent. Keys decide; band names only where keys are unknown. */
export function bandAssets(item: StacItem): Partial<Record<Band, [key: string, asset: StacAsset]>> {
  const entries = Object.entries(item.assets).filter(([, asset]) => readable(asset));
  const known = new Set(Object.values(aliases).flat());
  const chosen: Partial<Record<Band, [string, StacAsset]>> = {};
  for (const band of bands) {
    const byKey = (alias: string) => entries.find(([key]) => key.toLowerCase() === alias);
    const byName = () =>
      entries.find(([key, asset]) => !known.has(key.toLowerCase()) && aliases[band].includes(bandName(asset) ?? ''));
    const entry = aliases[band].map(byKey).find(Boolean) ?? byName();
    if (entry) chosen[band] = entry;
  }
  return chosen;
}
