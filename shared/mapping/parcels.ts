import type { GridWindow } from '#shared/domain/grid.ts';
import { fromUtm, utmOfEpsg } from '#shared/domain/utm.ts';
import { regionOutlines, type Outline } from './region-outlines.ts';
import { regionsOf, type Pause, type Regions } from './regions.ts';
import { sieve } from './sieve.ts';

/** Smaller regions are dissolved into their neighbours, pixels. */
export const minParcelPixels = 5;
/** A map of more pixels is not vectorised: its parcels would not fit into what a browser opens. */
export const maxParcelPixels = 16 * 2 ** 20;

/** A cut of a map: band 1 and band 2 of `map.tif`, row by row. */
export interface MapPlanes {
  window: GridWindow;
  /** Class values, 0 = no data. Changed on the way. */
  classes: Uint8Array;
  /** Percent. */
  confidence: Uint8Array;
}

/** What the parcels of a class are called. */
export type ClassNames = ReadonlyMap<number, { name: string; title: string }>;

interface RegionFacts {
  value: Uint8Array;
  pixels: Int32Array;
  /** Mean confidence of the pixels that had the region's class before the small ones were dissolved, percent. */
  confidence: Float32Array;
}

/**
 * The parcels of a map, one GeoJSON feature a piece of text: connected pixels (by their edges) of one class, regions
 * under five pixels dissolved first. Longitude and latitude of WGS 84 to 7 digits (1 cm); corners only where an outline
 * turns. Memory: some 15 bytes a pixel and the outlines under way.
 */
export async function* parcels(planes: MapPlanes, names: ClassNames, pause: Pause): AsyncGenerator<string> {
  const { classes, window } = planes;
  const before = classes.slice();
  await sieve(classes, window.width, minParcelPixels, pause);
  const regions = await regionsOf(classes, window.width, pause);
  const facts = await factsOf(regions, { ...planes, before }, pause);
  const toDegrees = degreesOf(window);
  let id = 0;
  for await (const { region, rings } of regionOutlines(regions, window.width, pause)) {
    const value = facts.value[region];
    yield JSON.stringify({
      type: 'Feature',
      id: ++id,
      properties: {
        class: names.get(value)?.name ?? String(value),
        title: names.get(value)?.title ?? String(value),
        hectares: Math.round(facts.pixels[region] * window.pixelSize ** 2) / 10_000,
        confidence: Math.round(facts.confidence[region] * 10) / 10,
      },
      geometry: { type: 'Polygon', coordinates: rings.map((ring) => closed(ring, toDegrees)) },
    });
  }
}

async function factsOf(
  { count, labels }: Regions,
  { classes, before, confidence, window }: MapPlanes & { before: Uint8Array },
  pause: Pause,
): Promise<RegionFacts> {
  const sums = new Float64Array(count);
  const own = new Int32Array(count);
  const facts = { value: new Uint8Array(count), pixels: new Int32Array(count) };
  for (let at = 0; at < labels.length; at++) {
    if (at % window.width === 0) await pause();
    const region = labels[at];
    if (region < 0) continue;
    facts.value[region] = classes[at];
    facts.pixels[region]++;
    if (before[at] !== classes[at]) continue;
    sums[region] += confidence[at];
    own[region]++;
  }
  return { ...facts, confidence: Float32Array.from(sums, (sum, i) => sum / own[i]) };
}

function degreesOf({ epsg, originX, originY, pixelSize }: GridWindow): (x: number, y: number) => [number, number] {
  const crs = utmOfEpsg(epsg)!;
  const rounded = (degrees: number) => Math.round(degrees * 1e7) / 1e7;
  return (x, y) => {
    const [lon, lat] = fromUtm(crs, originX + x * pixelSize, originY - y * pixelSize);
    return [rounded(lon), rounded(lat)];
  };
}

function closed(ring: Outline, toDegrees: (x: number, y: number) => [number, number]): [number, number][] {
  const positions: [number, number][] = [];
  for (let i = 0; i < ring.length; i += 2) positions.push(toDegrees(ring[i], ring[i + 1]));
  return [...positions, positions[0]];
}
