import { brokenScene } from './broken-scene.ts';
import type { TiffValues } from './tiff-values.ts';

/** The keys of a GeoKeyDirectory (OGC GeoTIFF 1.1, section 7.1) by their number. */
export interface GeoKeys {
  number(key: number): number | undefined;
  /** All numbers of a key, such as the three or seven of a datum shift. */
  numbers(key: number): number[] | undefined;
  text(key: number): string | undefined;
}

const tags = { directory: 34735, doubles: 34736, ascii: 34737 };

export async function readGeoKeys(name: string, values: TiffValues): Promise<GeoKeys> {
  const directory = await values.numbers(tags.directory, 4096);
  const doubles = (await values.numbers(tags.doubles, 4096)) ?? new Float64Array();
  const ascii = (await values.text(tags.ascii, 65_536)) ?? '';
  if (!directory) throw brokenScene(name, 'it names no coordinate reference system');
  const numbers = new Map<number, number[]>();
  const texts = new Map<number, string>();
  const count = Math.min(directory[3] ?? 0, Math.floor(directory.length / 4) - 1);
  for (let i = 1; i <= count; i++) {
    const [key, location, length, value] = directory.subarray(4 * i, 4 * i + 4);
    if (location === 0) numbers.set(key, [value]);
    if (location === tags.doubles) numbers.set(key, [...doubles.subarray(value, value + length)]);
    if (location === tags.ascii) texts.set(key, ascii.slice(value, value + length).replace(/[|\0]+$/, ''));
  }
  return {
    number: (key) => numbers.get(key)?.[0],
    numbers: (key) => numbers.get(key),
    text: (key) => texts.get(key),
  };
}
