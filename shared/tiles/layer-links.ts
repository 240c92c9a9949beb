import type { TileFormat } from './encode-tile.ts';

/** Where the tile service is, and what its addresses carry. */
export interface LinkBase {
  /** Address of the deployment, without a slash at its end; empty for addresses relative to it. */
  url: string;
  /** Key of a share, passed on in every address. */
  share?: string | undefined;
}

function query(values: Record<string, string | undefined>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined) as [string, string][];
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

/** The address of a layer's tiles; z, x, y are numbers or the placeholders of a template. */
export function tileLink(
  { url, share }: LinkBase,
  layer: string,
  address: { set: string; z: string; x: string; y: string; format: TileFormat },
): string {
  const { set, z, x, y, format } = address;
  return `${url}/tiles/${set}/${z}/${x}/${y}.${format}${query({ layer, share })}`;
}

/** The address of a document of a layer: `tilejson.json`, `legend.png`, `wmts` ... */
export const layerLink = ({ url, share }: LinkBase, layer: string, document: string): string =>
  `${url}/tiles/layers/${layer}/${document}${query({ share })}`;
