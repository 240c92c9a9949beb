import { describe, expect, test } from 'vitest';
import { baselinesOf, firstLook, jobLayers } from './job-layers.ts';
import { noProgress } from './job-progress.ts';

const clearest = { id: 'S2', datetime: '2019-06-01', cloudCover: 0 };
const job = { id: 'j', share: undefined, look: firstLook };
const idsOf = (layers: { id: string }[]) => layers.map(({ id }) => id);

describe('the layers of a job', () => {
  test('come one after the other: nothing, the scene, the preview, the chunks, the map', () => {
    const open = { ...job, state: 'running' as const };
    const steps = [
      noProgress,
      { ...noProgress, clearest },
      { ...noProgress, clearest, hasPreview: true },
      { ...noProgress, clearest, hasPreview: true, chunksDone: 2 },
    ].map((progress) => idsOf(jobLayers({ ...open, progress })));
    expect(steps).toEqual([
      [],
      ['job-j-scene'],
      ['job-j-scene', 'job-j-preview'],
      ['job-j-scene', 'job-j-preview', 'job-j-class'],
    ]);
    expect(idsOf(jobLayers({ ...job, state: 'successful', progress: noProgress }))).toEqual([
      'job-j-scene',
      'job-j-class',
    ]);
  });

  test('are asked for anew with each chunk, and once more at the end', () => {
    const versionOf = (state: 'running' | 'successful', chunksDone: number) =>
      jobLayers({ ...job, state, progress: { ...noProgress, chunksDone } }).at(-1)!.version;
    expect([versionOf('running', 1), versionOf('running', 2), versionOf('successful', 2)]).toEqual([1, 2, 'done']);
  });

  test('lie on one side of the swipe line, what is beneath on both, and carry the share', () => {
    const look = { ...firstLook, beneath: 'dw-zim-summer-2019', swipe: 0.5, show: 'confidence' as const };
    const [below, above] = jobLayers({ ...job, share: 'key', look, state: 'successful', progress: noProgress });
    expect(below).toEqual({ id: 'dw-zim-summer-2019', opacity: 1 });
    expect(above).toMatchObject({ id: 'job-j-confidence', side: 'right', share: 'key' });
  });
});

test('baselines of elsewhere are left out, and those of the year come first', () => {
  const layers = [
    { id: 'worldcover-2021', title: '', year: 2021, bounds: [-180, -60, 180, 80] },
    { id: 'dw-2019', title: '', year: 2019, bounds: [25, -23, 33, -15] },
    { id: 'dw-2018', title: '', year: 2018, bounds: [25, -23, 33, -15] },
  ];
  expect(idsOf(baselinesOf(layers, [31, -18, 31.1, -17.9], 2018))).toEqual(['dw-2018', 'dw-2019', 'worldcover-2021']);
  expect(idsOf(baselinesOf(layers, [4, 50, 4.1, 50.1], 2019))).toEqual(['worldcover-2021']);
});
