import { brokenScene } from './broken-scene.ts';
import { readChecked, uint64, type TiffFile } from './tiff-reader.ts';

/** Bytes of one value by TIFF field type; a type that is not listed is unknown, and its tag is ignored. */
const typeSizes: Readonly<Record<number, number>> = {
  1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8,
}; // prettier-ignore

/** One tag of a directory; its `count` values lie at `offset` of the file, and the file is known to have them. */
export interface TiffEntry {
  type: number;
  count: number;
  offset: number;
  length: number;
}

export type TiffDirectory = ReadonlyMap<number, TiffEntry>;

const maxEntries = 1024;
const maxDirectories = 64;

function entryAt(file: TiffFile, view: DataView, position: number, base: number): [number, TiffEntry | null] {
  const { littleEndian, big } = file;
  const tag = view.getUint16(position, littleEndian);
  const type = view.getUint16(position + 2, littleEndian);
  const count = big ? uint64(view, position + 4, littleEndian) : view.getUint32(position + 4, littleEndian);
  const size = typeSizes[type];
  if (size === undefined) return [tag, null];
  const length = count * size;
  const field = position + (big ? 12 : 8);
  const pointer = () => (big ? uint64(view, field, littleEndian) : view.getUint32(field, littleEndian));
  const offset = length <= (big ? 8 : 4) ? base + field : pointer();
  if (!(offset + length <= file.size))
    throw brokenScene(
      file.source.name,
      `tag ${tag} lies outside of the file's ${file.size} bytes; it is truncated or damaged`,
    );
  return [tag, { type, count, offset, length }];
}

async function readDirectory(file: TiffFile, offset: number, signal?: AbortSignal): Promise<[TiffDirectory, number]> {
  const { big, littleEndian } = file;
  const [countBytes, entryBytes, nextBytes] = big ? [8, 20, 8] : [2, 12, 4];
  const head = await readChecked(file, offset, countBytes, 'an image directory', signal);
  const count = big ? uint64(head, 0, littleEndian) : head.getUint16(0, littleEndian);
  if (count === 0 || count > maxEntries)
    throw brokenScene(file.source.name, `an image directory claims ${count} tags; it is damaged`);
  const base = offset + countBytes;
  const view = await readChecked(file, base, count * entryBytes + nextBytes, 'an image directory', signal);
  const directory = new Map<number, TiffEntry>();
  for (let i = 0; i < count; i++) {
    const [tag, entry] = entryAt(file, view, i * entryBytes, base);
    if (entry && !directory.has(tag)) directory.set(tag, entry);
  }
  const end = count * entryBytes;
  return [directory, big ? uint64(view, end, littleEndian) : view.getUint32(end, littleEndian)];
}

/** Walks the chain of image directories; refuses loops, chains that are too long, and tags that the file cannot hold. */
export async function readDirectories(file: TiffFile, signal?: AbortSignal): Promise<TiffDirectory[]> {
  const directories: TiffDirectory[] = [];
  const seen = new Set<number>();
  for (let offset = file.firstDirectory; offset !== 0;) {
    if (seen.has(offset)) throw brokenScene(file.source.name, 'its image directories form a loop');
    if (seen.size === maxDirectories)
      throw brokenScene(file.source.name, `it has more than ${maxDirectories} image directories`);
    seen.add(offset);
    const [directory, next] = await readDirectory(file, offset, signal);
    directories.push(directory);
    offset = next;
  }
  if (directories.length > 0) return directories;
  throw brokenScene(file.source.name, 'it has no image');
}
