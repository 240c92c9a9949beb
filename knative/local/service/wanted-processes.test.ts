import { expect, test } from 'vitest';
import { wantedForQueue, wantedForRequests } from './wanted-processes.ts';

test.each([
  [0, 0],
  [1, 1],
  [10, 1],
  [11, 2],
  [1000, 3],
])('%i requests at 10 a process need %i processes of at most 3', (requests, wanted) => {
  expect(wantedForRequests(requests, { target: 10, minScale: 0, maxScale: 3 })).toBe(wanted);
});

test('a minimum holds without requests', () => {
  expect(wantedForRequests(0, { target: 10, minScale: 2, maxScale: 3 })).toBe(2);
});

const consumer = { countInFlight: true, activationMessages: 0, messagesPerReplica: 5, minReplicas: 0, maxReplicas: 4 };

test.each([
  [{ ready: 0, inFlight: 0 }, 0],
  [{ ready: 1, inFlight: 0 }, 1],
  [{ ready: 0, inFlight: 1 }, 1],
  [{ ready: 5, inFlight: 1 }, 2],
  [{ ready: 1000, inFlight: 0 }, 4],
])('a queue with %o needs %i consumers', (counts, wanted) => {
  expect(wantedForQueue(counts, consumer)).toBe(wanted);
});

test('messages in flight count only where the ScaledObject says so', () => {
  expect(wantedForQueue({ ready: 0, inFlight: 9 }, { ...consumer, countInFlight: false })).toBe(0);
});

test('up to the activation length there is no work', () => {
  const shy = { ...consumer, activationMessages: 3 };
  expect([3, 4].map((ready) => wantedForQueue({ ready, inFlight: 0 }, shy))).toEqual([0, 1]);
});
