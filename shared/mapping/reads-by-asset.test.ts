import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { GridWindow } from '#shared/domain/grid.ts';
import type { TaskAsset } from './chunk-task.ts';
import { readsByAsset } from './reads-by-asset.ts';

const window = {} as GridWindow;
const asset = (href: string) => ({ href }) as TaskAsset;

test('so many assets at once, all reads of one together, in the order of the first', async () => {
  const log: string[] = [];
  const running = new Map<string, number>();
  let most = 0;
  const read = readsByAsset(async ({ href }) => {
    running.set(href, (running.get(href) ?? 0) + 1);
    most = Math.max(most, [...running.values()].filter((n) => n > 0).length);
    log.push(href);
    await sleep(5);
    running.set(href, running.get(href)! - 1);
    return [href.charCodeAt(0)];
  }, 2);
  const wanted = ['a', 'b', 'c', 'd', 'a', 'b', 'c', 'd', 'e', 'c'];
  const answers = await Promise.all(wanted.map((href) => read(asset(href), window)));
  expect(answers).toEqual(wanted.map((href) => [href.charCodeAt(0)]));
  expect(most).toBe(2);
  expect(log.join('')).toMatch(/^abab(ccc|dd)+e$/);
});

test('a read that fails, or that nobody wants any more, gives its turn on', async () => {
  const gone = new AbortController();
  const read = readsByAsset(async ({ href }) => {
    await sleep(1);
    if (href === 'bad') throw new Error('damaged');
    return [1];
  }, 1);
  const all = Promise.allSettled([
    read(asset('bad'), window),
    read(asset('late'), window, gone.signal),
    read(asset('good'), window),
  ]);
  gone.abort(new Error('not wanted'));
  expect((await all).map((each) => (each.status === 'rejected' ? each.reason.message : each.value))).toEqual([
    'damaged',
    'not wanted',
    [1],
  ]);
});
