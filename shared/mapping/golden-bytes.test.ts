import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { featureSet } from '#shared/features/feature-names.ts';
import { loadEnsemble } from '#shared/model/load-ensemble.ts';
import { readManifest } from '#shared/model/read-bundle.ts';
import { directoryBundle } from '#shared/model/bundle-files.ts';
import { decodeTile, type TileData } from '#shared/raster/tile-encode.ts';
import { sourceOpener } from '#shared/raster/open-source.ts';
import { nodeStacIo } from '#shared/stac/io.ts';
import { searchScenes } from '#shared/stac/search-scenes.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import { tinyFolder } from '#shared/testing/fixtures/model/bundle.ts';
import { assetReader } from './asset-reader.ts';
import type { OutputForm } from './chunk-task.ts';
import { computePart, type LoadedModel } from './compute-part.ts';
import { kernelVersion } from './kernel-version.ts';
import { rasterForm } from './part.ts';
import { partFile } from './stored-part.ts';
import { planJob } from './plan.ts';
import { stitch } from './stitch.ts';

/** SHA-256 of the pixels and bytes of one result. */
type Golden = Record<'pixels' | 'part' | 'file', string>;
const golden: { model: string[]; kernels: Record<string, Record<OutputForm, Golden>> } = JSON.parse(
  readFileSync(new URL('../testing/fixtures/model/golden-bytes.json', import.meta.url), 'utf8'),
);
const pack = new URL('../../samples/season-flanders-2019', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'golden-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function sha256(...blocks: Uint8Array[]): string {
  const hash = createHash('sha256');
  blocks.forEach((block) => hash.update(block));
  return hash.digest('hex');
}
const rawBytes = ({ buffer, byteOffset, byteLength }: TileData) => new Uint8Array(buffer, byteOffset, byteLength);

async function loadTiny(): Promise<LoadedModel> {
  const read = directoryBundle(tinyFolder);
  const manifest = await readManifest(read, tinyFolder, featureSet);
  return { manifest, ensemble: await loadEnsemble(read, manifest, featureSet) };
}

/** Maps a small circle of the demo season: plan, compute, stitch. */
async function produce(output: OutputForm, model: LoadedModel | null): Promise<Golden> {
  const request = {
    aoi: { type: 'circle', lon: 4.063, lat: 50.746, radiusM: 150 },
    season: 'northern-summer',
    year: 2019,
    model: model ? model.manifest.name : null,
    collection: null,
    onBrokenScene: 'fail',
    acceptOutsideModel: false,
  } as const;
  const plan = await planJob({
    request,
    output,
    model: model?.manifest ?? null,
    today: '2026-01-01',
    search: (query) => searchScenes(pack, query, nodeStacIo(), AbortSignal.timeout(30_000)),
    assetSize: async () => null,
    broken: [],
  });
  const store = directoryStore(join(folder, output));
  const [task] = plan.tasks;
  const record = await computePart(task, { model, read: assetReader(sourceOpener()), store, onSceneRead: () => {} });
  const part = (await store.get(partFile(task.key)))!;
  const form = rasterForm(output, plan.model);
  const planes = await Promise.all(
    record.tiles.map(({ offset, size }) => decodeTile(part.subarray(offset, offset + size), form)),
  );
  // A circle of 150 m holds 707 pixels, and the demo season sees them all.
  const valid = planes[0].filter((value: number) => value !== 0 && !Number.isNaN(value)).length;
  expect(Math.abs(valid - 707)).toBeLessThan(10);
  const blocks: Uint8Array[] = [];
  await stitch(
    plan,
    new Map([[task.key, record]]),
    store,
    { write: async (block) => void blocks.push(block.slice()) },
    { metadata: { GEOCROP_SEASON: 'northern-summer 2019' }, onTile: () => {} },
  );
  return { pixels: sha256(...planes.map(rawBytes)), part: sha256(part), file: sha256(...blocks) };
}

const isArchitecture = process.arch === 'x64';
const title = isArchitecture ? '' : ` (skipped: the committed bytes are those of x64, not of ${process.arch})`;

describe.skipIf(!isArchitecture)(`the bytes of kernel ${kernelVersion}${title}`, () => {
  let model: LoadedModel;
  beforeAll(async () => {
    model = await loadTiny();
    const members = model.manifest.members.map(({ sha256: hash }) => hash);
    expect(members, 'the tiny bundle is another: write its hashes and the new bytes to golden-bytes.json').toEqual(
      golden.model,
    );
  });

  test.each(['features', 'map'] as const)('of %s are the committed ones', { timeout: 60_000 }, async (output) => {
    const actual = await produce(output, output === 'map' ? model : null);
    const advice = `a stage changed its bytes: raise kernelVersion and add to golden-bytes.json under it "${output}": ${JSON.stringify(actual)}`;
    expect(actual, advice).toEqual(golden.kernels[kernelVersion]?.[output]);
  });
});
