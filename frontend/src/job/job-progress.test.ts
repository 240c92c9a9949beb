import { expect, test } from 'vitest';
import { noProgress, percentOf, withEvent, type JobProgress } from './job-progress.ts';

const after = (events: [string, unknown][], from: JobProgress = noProgress) =>
  events.reduce((state, [event, data]) => withEvent(state, { id: null, event, data: JSON.stringify(data) }), from);
const bbox = [4.05, 50.7, 4.07, 50.75];
const clearest = { id: 'S2A_31UES', datetime: '2019-06-01T10:50:31Z', cloudCover: 2.5 };

test('a plan tells scenes, chunks, where it is and its clearest scene', () => {
  const state = after([['planned', { scenes: 54, chunks: 2, clearest, bbox, at: 'now' }]]);
  expect(state).toMatchObject({ phase: 'computing', scenes: 54, chunks: 2, clearest, bbox });
});

test('a chunk that is told twice is one chunk', () => {
  const state = after([
    ['part', { key: 'a', bbox }],
    ['part', { key: 'a', bbox }],
    ['part', { key: 'b', bbox }],
  ]);
  expect(state.parts.map(({ key }) => key)).toEqual(['a', 'b']);
  expect(state.chunksDone).toBe(2);
});

test('an older server names no bounds, and nothing breaks on what is not known', () => {
  const state = after([
    ['part', { key: 'a' }],
    ['part', { key: 'b', bbox: [1, 2, null, 4] }],
    ['constructor', {}],
    ['planned', null],
    ['progress', { parts: 'many' }],
  ]);
  expect(state.parts).toEqual([]);
  expect(withEvent(state, { id: null, event: 'part', data: '{"key"' })).toBe(state);
});

test('percent follows the scene reads and is 100 at the end only', () => {
  const running = after([
    ['progress', { phase: 'computing', parts: 4, partsDone: 1, sceneReads: 200, scenesRead: 100 }],
  ]);
  expect(percentOf(running)).toBe(48);
  const allRead = after([['progress', { sceneReads: 200, scenesRead: 200 }]], running);
  expect(percentOf(allRead)).toBe(97);
  expect(percentOf(after([['stitching', {}]], allRead))).toBe(98);
  expect(percentOf(after([['successful', {}]], allRead))).toBe(100);
});

test('a job that is repeated is open again', () => {
  const failed = after([['failed', { code: 'broken-scene' }]]);
  expect(failed.ended).toBe('failed');
  expect(after([['retried', {}]], failed).ended).toBeNull();
});
