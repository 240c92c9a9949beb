import type { Clock } from '../clock.ts';
import type { ConsumerSpec } from '../manifests/function-spec.ts';
import type { FunctionProcess } from '../process/function-process.ts';
import { ProcessSet } from '../process/process-set.ts';
import { peakDemand, recordDemand, type Demand } from '../service/peak-history.ts';
import { wantedForQueue, type QueueCounts } from '../service/wanted-processes.ts';

/** Asks how many messages of a queue wait and how many are being worked on. */
export type CountQueue = (queue: string) => Promise<QueueCounts>;

/** Keeps as many processes of a consumer as its queue needs; the last goes when there was no work for the cooldown. */
export class QueueConsumer {
  readonly spec: ConsumerSpec;
  readonly set: ProcessSet;
  readonly #clock: Clock;
  readonly #count: CountQueue;
  readonly #warn: (line: string) => void;
  readonly #closed = new AbortController();
  #history: Demand[] = [];

  constructor(
    spec: ConsumerSpec,
    start: (changed: () => void) => FunctionProcess,
    clock: Clock,
    count: CountQueue,
    warn: (line: string) => void,
  ) {
    this.spec = spec;
    this.#clock = clock;
    this.#count = count;
    this.#warn = warn;
    this.set = new ProcessSet(start, clock, { changed: () => undefined, failed: warn });
    void this.#poll();
  }

  /** Lets the processes hand back what they have, within `graceMs` of their SIGTERM. */
  async close(graceMs: () => number): Promise<void> {
    this.#closed.abort();
    const { process } = this.spec;
    await this.set.empty((member) => member.process.stop(Math.min(process.graceMs, graceMs())));
  }

  /** Ends everything at once. */
  kill(): void {
    this.#closed.abort();
    this.set.kill();
  }

  async #poll(): Promise<void> {
    while (!this.#closed.signal.aborted) {
      const wanted = await this.#wanted();
      if (this.#closed.signal.aborted) return;
      this.#rescale(wanted);
      await this.#clock.sleep(this.spec.pollMs, this.#closed.signal);
    }
  }

  /** Null where the queue did not answer: then everything stays as it is. */
  async #wanted(): Promise<number | null> {
    try {
      return wantedForQueue(await this.#count(this.spec.queue), this.spec);
    } catch (error) {
      this.#warn(`the queue ${this.spec.queue} cannot be counted: ${(error as Error).message}`);
      return null;
    }
  }

  #rescale(wanted: number | null): void {
    if (wanted === null) return;
    const { cooldownMs, process } = this.spec;
    const now = this.#clock.now();
    this.#history = recordDemand(this.#history, now, wanted, cooldownMs);
    const count = peakDemand(this.#history, now, cooldownMs);
    this.set.want(count, (member) => member.process.stop(process.graceMs));
  }
}
