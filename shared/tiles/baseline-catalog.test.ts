import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { directoryStore } from '#shared/storage/directory-store.ts';
import { baselineSchema, readBaselineCatalog } from './baseline-catalog.ts';
import { parseLayerId } from './layer-id.ts';

const folder = mkdtempSync(join(tmpdir(), 'geocrop-catalog-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sidecar = {
  id: 'dw-zim-summer-2019',
  title: 'Dynamic World',
  year: 2019,
  kind: 'dynamic-world',
  classes: [{ value: 0, name: 'water', title: 'Water', color: '#419bdf' }],
  bbox: [25, -23, 34, -15],
  licence: 'CC-BY-4.0',
  attribution: 'Dynamic World',
};

test('rasters with a sidecar are listed by id; what cannot be used is told with the reason', async () => {
  const store = directoryStore(folder);
  const put = (key: string, value: unknown) => store.put(key, Buffer.from(JSON.stringify(value)));
  for (const key of ['dw/zim/summer/2019', 'dw/zim/summer/2018', 'again', 'wrong', 'twice'])
    await store.put(`${key}.tif`, Buffer.from('tiff'));
  await store.put('alone.tif', Buffer.from('tiff'));
  await put('dw/zim/summer/2019.json', sidecar);
  await put('dw/zim/summer/2018.json', { ...sidecar, id: 'dw-zim-summer-2018', year: 2018, more: 'is left' });
  await put('again.json', { ...sidecar, id: 'job-x' });
  await store.put('wrong.json', Buffer.from('{'));
  await put('twice.json', sidecar);
  await put('notes.json', {});
  const { entries, problems } = await readBaselineCatalog(store);
  expect(entries.map(({ key, baseline }) => [key, baseline.id])).toEqual([
    ['dw/zim/summer/2018.tif', 'dw-zim-summer-2018'],
    ['dw/zim/summer/2019.tif', 'dw-zim-summer-2019'],
  ]);
  expect(Object.fromEntries(problems.map(({ key, reason }) => [key, reason]))).toMatchObject({
    'again.tif': expect.stringMatching(/wrong at id: .*job-/) as string,
    'wrong.tif': expect.stringMatching(/not JSON/) as string,
    'twice.tif': expect.stringMatching(/that of dw\/zim\/summer\/2019.tif/) as string,
  });
});

test('no store yet: nothing to list', async () => {
  expect(await readBaselineCatalog(directoryStore(join(folder, 'absent')))).toEqual({ entries: [], problems: [] });
});

test.each([
  ['two classes of one value', { classes: [sidecar.classes[0], sidecar.classes[0]] }],
  ['a colour that is none', { classes: [{ ...sidecar.classes[0], color: 'red;}' }] }],
  ['a value that no byte holds', { classes: [{ ...sidecar.classes[0], value: 256 }] }],
  ['an id with a slash', { id: 'a/b' }],
  ['no classes', { classes: [] }],
])('a sidecar with %s is refused', (_name, change) => {
  expect(baselineSchema.safeParse(sidecar).success).toBe(true);
  expect(baselineSchema.safeParse({ ...sidecar, ...change }).success).toBe(false);
});

test('ids of layers', () => {
  const job = '0b9a3f56-5f0e-4f0f-9d4b-0123456789ab';
  expect(parseLayerId(`job-${job}-scene`)).toEqual({ kind: 'job', id: `job-${job}-scene`, job, view: 'scene' });
  expect(parseLayerId('worldcover-2021')).toEqual({ kind: 'baseline', id: 'worldcover-2021' });
  for (const id of [
    '',
    'job-',
    `job-${job}`,
    `job-${job}-other`,
    `job-${job.toUpperCase()}-class`,
    '../x',
    'a b',
    'https://x',
  ])
    expect(parseLayerId(id)).toBeNull();
});
