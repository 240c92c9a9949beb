import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { QueueCounts } from '../service/wanted-processes.ts';
import { fastClock } from '../testing/fast-clock.ts';
import { consumerManifests } from '../testing/manifests.ts';
import { isAlive, openTestRuntime, until, type TestRuntime } from '../testing/test-runtime.ts';

const figures = async (runtime: TestRuntime) => (await runtime.stats())[0];

/** A queue whose content the test decides. */
function fakeQueue() {
  const queue = { counts: { ready: 0, inFlight: 0 } as QueueCounts | Error, asked: [] as string[] };
  const countQueue = (name: string) => {
    queue.asked.push(name);
    return queue.counts instanceof Error ? Promise.reject(queue.counts) : Promise.resolve(queue.counts);
  };
  return { queue, countQueue };
}

test('runs while its queue has work, as many as it needs, and stops after the cooldown', async () => {
  const { queue, countQueue } = fakeQueue();
  const manifests = consumerManifests('worker', { maxReplicaCount: 2, cooldownPeriod: 20 });
  const clock = fastClock(20);
  const runtime = await openTestRuntime(manifests, { countQueue, clock });
  await until(
    () => queue.asked.length > 5,
    () => 'the queue is polled',
  );
  expect(new Set(queue.asked)).toEqual(new Set(['worker-queue']));
  expect((await figures(runtime)).starts).toBe(0);

  queue.counts = { ready: 1, inFlight: 0 };
  await until(
    async () => (await figures(runtime)).ready === 1,
    () => 'one starts',
  );
  queue.counts = { ready: 9, inFlight: 1 };
  await until(
    async () => (await figures(runtime)).ready === 2,
    () => 'two run',
  );
  queue.counts = { ready: 0, inFlight: 2 };
  await delay(1500);
  expect(await figures(runtime)).toMatchObject({ processes: 2, starts: 2 });

  queue.counts = { ready: 0, inFlight: 0 };
  const emptySince = clock.now();
  await until(
    async () => (await figures(runtime)).processes === 0,
    () => 'both stop',
  );
  expect(clock.now() - emptySince).toBeGreaterThan(18_000);
  expect(runtime.output('worker').filter((line) => line === 'handed back')).toHaveLength(2);
  expect((await figures(runtime)).failures).toBe(0);
});

test('one that dies is started again, with back-off', async () => {
  const { queue, countQueue } = fakeQueue();
  queue.counts = { ready: 1, inFlight: 0 };
  const runtime = await openTestRuntime(consumerManifests('worker', {}), {
    countQueue,
    env: { WORKER_DIES_MS: '100' },
  });
  await until(
    async () => (await figures(runtime)).starts === 3,
    () => 'three starts',
  );
  const { failures, lastFailure } = await figures(runtime);
  expect([failures, lastFailure]).toEqual([2, 'exited with code 1']);
  const worked = runtime.output('worker').filter((line) => line.startsWith('working'));
  const child = Number(worked[0].split(' ')[2]);
  await until(
    () => !isAlive(child),
    () => 'the child of the dead worker ends with it',
  );
});

test('a queue that cannot be counted changes nothing and is said', async () => {
  const { queue, countQueue } = fakeQueue();
  queue.counts = { ready: 1, inFlight: 0 };
  const runtime = await openTestRuntime(consumerManifests('worker', { cooldownPeriod: 1 }), {
    countQueue,
    clock: fastClock(10),
  });
  await until(
    async () => (await figures(runtime)).ready === 1,
    () => 'one runs',
  );
  queue.counts = new Error('no line');
  await delay(800);
  expect(await figures(runtime)).toMatchObject({ processes: 1, starts: 1 });
  expect(runtime.output('worker')).toContain('the queue worker-queue cannot be counted: no line');
});

test('no more than the machine bears', async () => {
  const { queue, countQueue } = fakeQueue();
  queue.counts = { ready: 50, inFlight: 0 };
  const runtime = await openTestRuntime(consumerManifests('worker', { maxReplicaCount: 10 }), {
    countQueue,
    maxProcesses: { worker: 1 },
  });
  await until(
    async () => (await figures(runtime)).ready === 1,
    () => 'one runs',
  );
  await delay(1200);
  expect((await figures(runtime)).starts).toBe(1);
});
