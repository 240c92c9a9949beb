import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { GeoCropError } from '#shared/domain/errors.ts';
import { chunkPixels, chunksExtent, type ChunkId } from '#shared/domain/grid.ts';
import { featureCount } from '#shared/features/feature-names.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import { gdalTest, inspectCog, runPython } from '#shared/testing/fixtures/cog/gdal.ts';
import { workFolder } from '#shared/testing/work-folder.ts';
import type { OutputForm } from './chunk-task.ts';
import { ClassCounts } from './class-counts.ts';
import type { PartRecord } from './part-record.ts';
import { encodePart, rasterForm } from './part.ts';
import { partFile, storePart } from './stored-part.ts';
import { stitch } from './stitch.ts';
import { byQuarters, type StitchScratch } from './stitch-overviews.ts';
import type { StitchPlan } from './stitch-plan.ts';

const folder = workFolder('stitch');
const classes = ['#111111', '#222222', '#333333', '#444444', '#555555'].map((color) => ({ color }));
const pixels = chunkPixels ** 2;

interface Made {
  plan: StitchPlan;
  records: Map<string, PartRecord>;
}

/** Parts of chunks, and what stitching asks of their plan; the planes lie beside as raw files for NumPy. */
async function made(output: OutputForm, chunks: ChunkId[], planesOf: (i: number) => Plane[]): Promise<Made> {
  const tasks = chunks.map((chunk, i) => ({ chunk, key: `${output}${i}` }));
  const extent = chunksExtent(chunks);
  const model = output === 'map' ? { classes } : null;
  const plan = { output, extent, tasks, model } as unknown as StitchPlan;
  const records = new Map<string, PartRecord>();
  const store = directoryStore(folder);
  for (const [i, { chunk, key }] of tasks.entries()) {
    const planes = planesOf(i);
    writeFileSync(join(folder, `${key}.raw`), Buffer.concat(planes.map(({ buffer }) => new Uint8Array(buffer))));
    const { bytes, tiles } = await encodePart(chunk, planes, rasterForm(output, plan.model));
    const record = { tiles, scenes: [], computedPixels: pixels, seconds: {} };
    await storePart(store, key, bytes, record);
    records.set(key, record);
  }
  return { plan, records };
}

type Plane = Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

/** Numbers without a pattern, the same in every run. */
function scattered(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 16;
}

/** Patches of classes with much confusion, so that ties of each kind occur, and a part without data. */
function mapPlanes(i: number): Plane[] {
  const [kinds, confidence] = [new Uint8Array(pixels), new Uint8Array(pixels)];
  const next = scattered(i + 1);
  for (let at = i * 3000; at < pixels; at++) {
    const patch = 1 + (((at >> 4) + (at >> 13) + i) % classes.length);
    kinds[at] = next() % 3 === 0 ? next() % (classes.length + 1) : patch;
    confidence[at] = kinds[at] === 0 ? 0 : 1 + (next() % 100);
  }
  return [kinds, confidence];
}

/** The first and the last feature have values and holes, those between none. */
function featurePlanes(i: number): Plane[] {
  const next = scattered(i + 7);
  return Array.from({ length: featureCount }, (_, band) => {
    const plane = new Float32Array(pixels).fill(NaN);
    if (band % (featureCount - 1) === 0)
      plane.forEach((_value, at) => (plane[at] = next() % 5 === 0 ? NaN : next() / 7));
    return plane;
  });
}

async function stitched({ plan, records }: Made, name: string, scratch?: StitchScratch) {
  const counts = new ClassCounts(classes.length);
  const blocks: Uint8Array[] = [];
  const sink = { write: async (block: Uint8Array) => void blocks.push(block.slice()) };
  const onTile = (_chunk: ChunkId, bands: readonly { counts: readonly number[] }[]) => counts.add(bands);
  await stitch(plan, records, directoryStore(folder), sink, { metadata: {}, onTile, scratch });
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat(blocks));
  return { path, counts };
}

/** A band of the levels of a result as GDAL reads them, as hashes of their pixels. */
const hashes = (path: string, band: number, levels: number) =>
  Array.from({ length: levels }, (_, level) =>
    createHash('sha256')
      .update(readFileSync(`${path}-${band}-${level}.raw`))
      .digest('hex'),
  );

/** What NumPy makes of the parts' pixels: hashes of all levels by band, pixels by class, the sum of confidence. */
async function expected({ plan }: Made): Promise<{ levels: string[][]; pixels: number[]; confidence: number }> {
  const { originX, originY, width, height } = plan.extent;
  const parts = plan.tasks.map(({ key, chunk }) => [
    join(folder, `${key}.raw`),
    chunk.col * 512 - originX / 10,
    originY / 10 - (chunk.row + 1) * 512,
  ]);
  return JSON.parse(await runPython(['-c', numpyPyramid, plan.output, JSON.stringify({ parts, width, height })]));
}

const numpyPyramid = `
import hashlib, json, sys, numpy
output, job = sys.argv[1], json.loads(sys.argv[2])
is_map = output == 'map'
whole = numpy.zeros((2, job['height'], job['width']), 'u1') if is_map else numpy.full((2, job['height'], job['width']), numpy.nan, 'f4')
for path, col, row in job['parts']:
    planes = numpy.fromfile(path, whole.dtype).reshape(-1, 512, 512)
    whole[:, int(row):int(row) + 512, int(col):int(col) + 512] = planes[[0, -1]]

def four(plane, nodata):
    even = numpy.pad(plane, [(0, n % 2) for n in plane.shape], constant_values=nodata)
    return numpy.stack([even[y::2, x::2] for y in (0, 1) for x in (0, 1)])

def reduce_map(planes):
    classes, confidence = (four(plane, 0).astype('i8') for plane in planes)
    best = numpy.zeros(classes.shape[1:], 'i8')
    out = numpy.zeros((2,) + best.shape, 'u1')
    for value in range(1, 6):
        count = (classes == value).sum(0)
        total = numpy.where(classes == value, confidence, 0).sum(0)
        rank = count * 1000 + total
        wins = rank > best
        best[wins] = rank[wins]
        out[0][wins] = value
        out[1][wins] = ((2 * total + count) // numpy.maximum(2 * count, 1))[wins]
    return out

def reduce_mean(planes):
    out = []
    for plane in planes:
        values = four(plane, numpy.nan).astype('f8')
        count = (~numpy.isnan(values)).sum(0)
        total = numpy.nansum(values, 0)
        out.append(numpy.where(count > 0, total / numpy.maximum(count, 1), numpy.nan).astype('f4'))
    return numpy.stack(out)

levels = [whole]
while max(levels[-1].shape) > 512:
    levels.append((reduce_map if is_map else reduce_mean)(levels[-1]))
clean = lambda plane: plane.tobytes() if is_map else numpy.where(numpy.isnan(plane), numpy.float32('nan'), plane).astype('f4').tobytes()
print(json.dumps({
    'levels': [[hashlib.sha256(clean(level[band])).hexdigest() for level in levels] for band in (0, 1)],
    'pixels': numpy.bincount(whole[0].ravel(), minlength=6).tolist() if is_map else [int((~numpy.isnan(whole[0])).sum())],
    'confidence': int(whole[1].sum()) if is_map else 0,
}))
`;

describe('judged by NumPy and GDAL', () => {
  gdalTest('a map with holes: every level, the classes and the confidence', async () => {
    const places = [0, 1, 2, 4, 5, 7, 9].map((at) => ({
      epsg: 32631,
      col: 100 + (at % 5),
      row: 1000 - (at > 4 ? 1 : 0),
    }));
    const map = await made('map', places, mapPlanes);
    const { path, counts } = await stitched(map, 'map.tif');
    const seen = await inspectCog(path, path);
    expect(seen).toMatchObject({ warnings: [], errors: [], size: [2560, 1024] });
    const truth = await expected(map);
    expect(truth.levels[0]).toHaveLength(4);
    expect([1, 2].map((band) => hashes(path, band, 4))).toEqual(truth.levels);
    expect([counts.pixels.slice(1), counts.confidenceSum]).toEqual([truth.pixels.slice(1), truth.confidence]);
  });

  gdalTest('features, most of them without a value', async () => {
    const places = [0, 1, 2].map((i) => ({ epsg: 32736, col: 56 + i, row: 1567 }));
    const features = await made('features', places, featurePlanes);
    const { path } = await stitched(features, 'features.tif');
    expect(await inspectCog(path, path)).toMatchObject({ warnings: [], errors: [], size: [1536, 512] });
    const truth = await expected(features);
    expect([1, featureCount].map((band) => hashes(path, band, 3))).toEqual(truth.levels);
    expect(readFileSync(`${path}-2-1.raw`).every((byte, i) => byte === [0, 0, 0xc0, 0x7f][i % 4])).toBe(true);
    const valid = [...features.records.values()].map(({ tiles }) => tiles[0].counts[1]);
    expect(valid.reduce((sum, count) => sum + count)).toBe(truth.pixels[0]);
  });
});

describe('overviews that wait outside of memory', () => {
  const chunks = [0, 1, 2, 3, 4].map((i) => ({ epsg: 32633, col: 100 + i, row: 1000 - (i % 2) }));
  const store = directoryStore(folder);
  const key = 'scratch/overviews';
  let map: Made;
  let inMemory: Buffer;
  beforeAll(async () => {
    map = await made('map', chunks, mapPlanes);
    inMemory = readFileSync((await stitched(map, 'in-memory.tif')).path);
  });

  test('give the same bytes, whatever order the records come in, and are removed', async () => {
    const asked: string[] = [];
    const getRange: typeof store.getRange = (from, ...range) => {
      asked.push(from);
      return store.getRange(from, ...range);
    };
    const backwards = { ...map, records: new Map([...map.records].reverse()) };
    const { path } = await stitched(backwards, 'outside.tif', { store: { ...store, getRange }, key, above: 0 });
    expect(readFileSync(path).equals(inMemory)).toBe(true);
    expect(asked).toContain(key);
    expect(await store.size(key)).toBeNull();
  });

  test('stay in memory where they are few', async () => {
    const putStream = () => Promise.reject(new Error('must not be written'));
    const { path } = await stitched(map, 'few.tif', { store: { ...store, putStream }, key });
    expect(readFileSync(path).equals(inMemory)).toBe(true);
  });

  test('a disk that is full, and a scratch that cannot be read: the reason is told and nothing is left', async () => {
    const full = new GeoCropError('disk-full', 'the disk is full');
    const write = () => Promise.reject(full);
    const putStream: typeof store.putStream = (to, from) => store.putStream(to, () => from({ write }));
    await expect(stitched(map, 'no.tif', { store: { ...store, putStream }, key, above: 0 })).rejects.toBe(full);
    const getRange = () => Promise.reject(new Error('unreadable'));
    const unreadable = { store: { ...store, getRange }, key, above: 0 };
    await expect(stitched(map, 'no.tif', unreadable)).rejects.toThrow('unreadable');
    expect(await store.list('scratch/')).toEqual([]);
  });

  test.each([
    [1, 1],
    [5, 3],
    [3, 17],
    [8, 8],
  ])('the places of %i x %i tiles: each once, and those of a coarser tile one after the other', (across, down) => {
    const places = [...byQuarters(across, down)];
    expect(new Set(places.map(({ col, row }) => row * across + col)).size).toBe(across * down);
    expect(places).toHaveLength(across * down);
    for (const side of [2, 4, 8]) {
      const coarse = places.map(({ col, row }) => `${Math.floor(col / side)}/${Math.floor(row / side)}`);
      const changes = coarse.filter((tile, i) => tile !== coarse[i - 1]);
      expect(new Set(changes).size).toBe(changes.length);
    }
  });
});

describe('what cannot be stitched', () => {
  const chunks = [0, 1, 2].map((i) => ({ epsg: 32632, col: 100 + i, row: 1000 }));
  let map: Made;
  let whole: Buffer;
  const file = () => join(folder, partFile('map1'));
  const of = (change: (record: PartRecord) => unknown): Made => {
    const record = structuredClone(map.records.get('map1')!);
    return { ...map, records: new Map([...map.records, ['map1', (change(record) ?? record) as PartRecord]]) };
  };

  beforeAll(async () => {
    map = await made('map', chunks, mapPlanes);
    whole = readFileSync(file());
    await stitched(map, 'whole.tif');
  });

  test.each([
    ['the full resolution', (band: PartRecord['tiles'][0]) => band],
    ['the first overview', (band: PartRecord['tiles'][0]) => band.overviews[0]],
    ['the second overview', (band: PartRecord['tiles'][0]) => band.overviews[1]],
  ])('a part with one flipped bit in %s', async (_, tileOf) => {
    for (const band of map.records.get('map1')!.tiles)
      try {
        const { offset, size } = tileOf(band);
        const bytes = Buffer.from(whole);
        bytes[offset + (size >> 1)] ^= 1;
        writeFileSync(file(), bytes);
        await expect(stitched(map, 'no.tif')).rejects.toThrow('the part map1 is damaged');
      } finally {
        writeFileSync(file(), whole);
      }
  });

  test('a part that is cut short, and one that is gone', async () => {
    const store = directoryStore(folder);
    await store.put(partFile('map1'), whole.subarray(0, whole.length - 1));
    await expect(stitched(map, 'no.tif')).rejects.toThrow('ends before');
    await store.delete(partFile('map1'));
    await expect(stitched(map, 'no.tif')).rejects.toThrow('the part map1 has vanished');
    await store.put(partFile('map1'), whole);
  });

  test('a part of an older layout, and one without a record', async () => {
    const old = of(({ tiles, ...rest }) => ({ ...rest, tiles: tiles.map(({ offset, size }) => ({ offset, size })) }));
    await expect(stitched(old, 'no.tif')).rejects.toMatchObject({
      code: 'gone',
      message: expect.stringContaining('older version'),
    });
    const none = { ...map, records: new Map([...map.records].slice(0, 1)) };
    await expect(stitched(none, 'no.tif')).rejects.toThrow('the part map1 has no record');
  });

  test.each([
    ['between the lines of chunks', { originX: 512_010 }],
    ['beside its chunks', { originX: 517_120 }],
    ['smaller than its chunks', { width: 1024 }],
  ])('a result that lies %s', async (_, change) => {
    const plan = { ...map.plan, extent: { ...map.plan.extent, ...change } };
    await expect(stitched({ ...map, plan }, 'no.tif')).rejects.toThrow('does not lie');
  });

  test('an abort is heard', async () => {
    const signal = AbortSignal.abort();
    const run = stitch(
      map.plan,
      map.records,
      directoryStore(folder),
      { write: async () => {} },
      {
        ...{ metadata: {}, onTile: () => {}, signal },
      },
    );
    await expect(run).rejects.toThrow(/abort/i);
  });
});
