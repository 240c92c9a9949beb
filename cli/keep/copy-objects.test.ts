import { expect, test } from 'vitest';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import type { ArchiveSink } from './archive/write-archive.ts';
import { copyObjects } from './copy-objects.ts';

const bytes = Buffer.from('crops');
const refused = () => Promise.reject(new Error('not asked for'));

/** A store that makes its keys when they are asked for, and knows how many of them a reader has not yet come to. */
function madeStore(count: number) {
  const seen = { mostHeld: 0, walks: 0 };
  let made = 0;
  const keyOf = (n: number) => `results/${n}/map.tif`;
  const store: ObjectStore = {
    get: refused,
    put: refused,
    putStream: refused,
    list: refused,
    bytes: refused,
    delete: refused,
    getRange: async () => bytes,
    async *keys() {
      seen.walks++;
      for (made = 0; made < count;) yield keyOf(made++);
    },
    async size(key) {
      const at = Number(key.split('/')[1]);
      seen.mostHeld = Math.max(seen.mostHeld, made - at);
      // One is gone since it was listed.
      return at === 7 ? null : bytes.length;
    },
  };
  return { store, seen };
}

function countingSink() {
  const got = { files: 0, bytes: 0, last: '' };
  const sink: ArchiveSink = {
    add: refused,
    async addPieces(name, _size, pieces) {
      for await (const piece of pieces) got.bytes += piece.length;
      got.files++;
      got.last = name;
    },
  };
  return { sink, got };
}

test('of 200,000 objects no more than one key is held', async () => {
  const { store, seen } = madeStore(200_000);
  const { sink, got } = countingSink();
  const steps: [number, number][] = [];
  const onObject = (done: number, all: number) => void steps.push([done, all]);
  const isWanted = (key: string) => !key.startsWith('results/3/');
  const copied = await copyObjects(sink, [{ store, folder: 'objects', isWanted }], { onObject });
  expect(copied).toEqual({ objects: 199_998, bytes: 199_998 * 5, leftOut: [] });
  expect(got).toEqual({ files: 199_998, bytes: 199_998 * 5, last: 'objects/results/199999/map.tif' });
  expect(seen).toEqual({ mostHeld: 1, walks: 2 });
  expect([steps[0], steps.at(-1)]).toEqual([
    [1, 199_999],
    [199_999, 199_999],
  ]);
});

test('is left when it is told to stop, in the midst of the keys', async () => {
  const { store } = madeStore(1000);
  const { sink, got } = countingSink();
  const stop = new AbortController();
  const onObject = (done: number) => done === 10 && stop.abort(new Error('stopped'));
  const copying = copyObjects(sink, [{ store, folder: 'objects', isWanted: () => true }], {
    onObject,
    signal: stop.signal,
  });
  await expect(copying).rejects.toThrow('stopped');
  expect(got.files).toBe(9);
});
