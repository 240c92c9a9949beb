import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { chunkPixels, type ChunkId } from '#shared/domain/grid.ts';
import type { PartBand } from '#shared/mapping/part-record.ts';
import { encodePart, rasterForm } from '#shared/mapping/part.ts';
import type { ModelManifest } from '#shared/model/model-manifest.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import { checkKey, type ObjectStore } from '#shared/storage/object-store.ts';

export interface EncodedPart {
  bytes: Uint8Array;
  tiles: PartBand[];
}

const chunk: ChunkId = { epsg: 32736, col: 40, row: 1500 };
const field = 32;

/** Fields of two classes whose confidence scatters a little: what a part of a map weighs, without what it took to find it. */
export function encodedPart(model: ModelManifest): Promise<EncodedPart> {
  const [classes, confidence] = [new Uint8Array(chunkPixels ** 2), new Uint8Array(chunkPixels ** 2)];
  let state = 1;
  for (let at = 0; at < classes.length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const [x, y] = [Math.floor((at % chunkPixels) / field), Math.floor(at / chunkPixels / field)];
    classes[at] = 1 + ((x * 7 + y * 3) % model.classes.length);
    confidence[at] = 55 + ((x * 5 + y) % 40) + (state >>> 31);
  }
  return encodePart(chunk, [classes, confidence], rasterForm('map', model));
}

/** Objects as files, without waiting for the disk at each: it would be most of what is measured, and is the same for all. */
export function quickStore(root: string): ObjectStore {
  const put = async (key: string, bytes: Uint8Array) => {
    const path = join(root, checkKey(key));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  };
  return { ...directoryStore(root), put };
}
