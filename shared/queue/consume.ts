import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue, Received } from './queue.ts';

/**
 * What to do with a message: it is done with, or it comes back after so many seconds. One whose work was not begun comes
 * back as a new message: the queue counts how often each is received, and takes one for poison that is received too often.
 */
export type Verdict = 'done' | { retryInSeconds: number } | { anewInSeconds: number };

export interface ConsumeOptions {
  queue: Queue;
  name: string;
  /** How long a message stays hidden at a time; it is extended while its handler works. */
  visibilitySeconds: number;
  handle: (body: unknown, signal: AbortSignal) => Promise<Verdict>;
  /** Waited for before a message is asked for. */
  whenReady?: (() => Promise<void>) | undefined;
  /** Told of a handler or a queue that threw. */
  onError: (error: unknown, where: string) => void;
  /** Ends the loop: nothing more is received, the handler at work is told by its signal. */
  signal: AbortSignal;
}

const waitSeconds = 10;
const pauseAfterTrouble = 2000;

/** Works through a queue, one message at a time, until it is told to stop. */
export async function consume(options: ConsumeOptions): Promise<void> {
  const { queue, name, visibilitySeconds, signal, onError } = options;
  while (!signal.aborted) {
    try {
      await options.whenReady?.();
      const messages = await queue.receive(name, { max: 1, visibilitySeconds, waitSeconds, signal });
      for (const message of messages) await work(message, options);
    } catch (error) {
      if (signal.aborted) return;
      onError(error, name);
      await sleep(pauseAfterTrouble, undefined, { signal }).catch(() => {});
    }
  }
}

async function work(
  message: Received,
  { queue, name, visibilitySeconds, handle, onError, signal }: ConsumeOptions,
): Promise<void> {
  const extend = () =>
    void queue.extend(name, message.receipt, visibilitySeconds).catch((error) => onError(error, name));
  const timer = setInterval(extend, (visibilitySeconds * 1000) / 3);
  try {
    const verdict = await handle(message.body, signal);
    if (verdict !== 'done' && 'retryInSeconds' in verdict)
      return void (await queue.extend(name, message.receipt, verdict.retryInSeconds));
    // The new one first: twice the same is harmless, none would be missed.
    if (verdict !== 'done') await queue.send(name, [message.body], { delaySeconds: verdict.anewInSeconds });
    await queue.delete(name, message.receipt);
  } catch (error) {
    // Handed back at once on the way out; otherwise it comes back when its time is up.
    if (signal.aborted) await queue.extend(name, message.receipt, 0);
    else onError(error, name);
  } finally {
    clearInterval(timer);
  }
}
