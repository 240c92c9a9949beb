import { brokenScene } from './broken-scene.ts';
import type { TiffDirectory, TiffEntry } from './tiff-directory.ts';
import { readChecked, uint64, type TiffFile } from './tiff-reader.ts';

type ReadNumber = (view: DataView, position: number, littleEndian: boolean) => number;

/** Readers of the numeric field types, with the bytes that each takes. */
const numberTypes: Readonly<Record<number, [number, ReadNumber]>> = {
  1: [1, (view, at) => view.getUint8(at)],
  3: [2, (view, at, le) => view.getUint16(at, le)],
  4: [4, (view, at, le) => view.getUint32(at, le)],
  6: [1, (view, at) => view.getInt8(at)],
  8: [2, (view, at, le) => view.getInt16(at, le)],
  9: [4, (view, at, le) => view.getInt32(at, le)],
  11: [4, (view, at, le) => view.getFloat32(at, le)],
  12: [8, (view, at, le) => view.getFloat64(at, le)],
  13: [4, (view, at, le) => view.getUint32(at, le)],
  16: [8, uint64],
  18: [8, uint64],
};

/** Reads the values of one directory's tags, with a bound on how many of them are taken. */
export interface TiffValues {
  /** The numbers of a tag, in order, the first `wanted` of them; null where the tag is absent. */
  numbers(tag: number, maxCount: number, wanted?: number): Promise<Float64Array | null>;
  /** The single number of a tag, or `fallback` where the tag is absent. */
  number(tag: number, fallback: number): Promise<number>;
  /** The text of an ASCII tag without its closing zeros; null where the tag is absent. */
  text(tag: number, maxLength: number): Promise<string | null>;
}

export function tiffValues(file: TiffFile, directory: TiffDirectory, signal?: AbortSignal): TiffValues {
  const { source, littleEndian } = file;
  const damaged = (tag: number, what: string) => brokenScene(source.name, `tag ${tag} ${what}; it is damaged`);

  function bounded(tag: number, max: number): TiffEntry | null {
    const entry = directory.get(tag);
    if (!entry) return null;
    if (entry.count === 0 || entry.count > max) throw damaged(tag, `has ${entry.count} values`);
    return entry;
  }

  async function numbers(tag: number, maxCount: number, wanted = maxCount): Promise<Float64Array | null> {
    const entry = bounded(tag, maxCount);
    if (!entry) return null;
    const reader = numberTypes[entry.type];
    if (!reader) throw damaged(tag, `is of type ${entry.type} instead of a number`);
    const [size, read] = reader;
    const length = Math.min(entry.count, wanted);
    const view = await readChecked(file, entry.offset, length * size, `tag ${tag}`, signal);
    return Float64Array.from({ length }, (_, i) => read(view, i * size, littleEndian));
  }

  async function number(tag: number, fallback: number): Promise<number> {
    return (await numbers(tag, 4096, 1))?.[0] ?? fallback;
  }

  async function text(tag: number, maxLength: number): Promise<string | null> {
    const entry = bounded(tag, maxLength);
    if (!entry) return null;
    if (entry.type !== 2) throw damaged(tag, 'is no text');
    const { buffer, byteOffset, byteLength } = await readChecked(
      file,
      entry.offset,
      entry.length,
      `tag ${tag}`,
      signal,
    );
    return Buffer.from(buffer, byteOffset, byteLength).toString('latin1').replace(/\0+$/, '');
  }

  return { numbers, number, text };
}
