import { expect, test } from 'vitest';
import type { GridWindow } from '#shared/domain/grid.ts';
import { BrokenSceneError } from '#shared/mapping/broken-scene.ts';
import type { TaskAsset } from '#shared/mapping/chunk-task.ts';
import type { ReadDone, ReadRequest } from './messages.ts';
import { remoteReader } from './remote-reader.ts';
import { packError } from './send-error.ts';

const window = {} as GridWindow;
const asset = (href: string) => ({ href }) as TaskAsset;

test('each read gets its own answer, in whatever order they come', async () => {
  const asked: ReadRequest[] = [];
  const { read, take } = remoteReader((request) => void asked.push(request as ReadRequest));
  const [a, b, c] = ['a', 'b', 'c'].map((href) => read(asset(href), window));
  expect(asked.map((request) => request.asset.href)).toEqual(['a', 'b', 'c']);
  take({ type: 'read', id: asked[1].id, samples: Uint16Array.of(2) });
  take({ type: 'unread', id: asked[2].id, error: packError(new BrokenSceneError('S2A', 'it has no band B03')) });
  take({ type: 'read', id: asked[0].id, samples: Uint16Array.of(1) });
  expect([await a, await b]).toEqual([Uint16Array.of(1), Uint16Array.of(2)]);
  await expect(c).rejects.toMatchObject({ sceneId: 'S2A', message: expect.stringContaining('it has no band B03') });
});

test('samples that are released are told of once, and take no memory', async () => {
  const told: (ReadRequest | ReadDone)[] = [];
  const { read, release, take } = remoteReader((message) => void told.push(message));
  const reading = read(asset('a'), window);
  take({ type: 'read', id: (told[0] as ReadRequest).id, samples: new Uint16Array(1000) });
  const samples = (await reading) as Uint16Array;
  release(samples);
  release(samples);
  release([1, 2]);
  expect(samples.buffer.byteLength).toBe(0);
  expect(told.slice(1)).toEqual([{ type: 'read-done', id: (told[0] as ReadRequest).id }]);
});
