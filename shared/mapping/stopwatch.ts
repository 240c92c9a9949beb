export const stages = ['read', 'features', 'ensemble', 'smooth', 'write'] as const;
export type Stage = (typeof stages)[number];
export type StageSeconds = Record<Stage, number>;

/**
 * Divides the time of one process among the chunks that it works on at once: a moment belongs to whoever computes, or,
 * where all wait for reads, to all of them alike.
 */
export class SharedClock {
  readonly #reading = new Set<Stopwatch>();
  readonly #computing = new Map<Stopwatch, Stage>();
  #last = performance.now();

  enter(watch: Stopwatch, stage: Stage): void {
    this.#divide();
    if (stage === 'read') this.#reading.add(watch);
    else this.#computing.set(watch, stage);
  }

  leave(watch: Stopwatch, stage: Stage): void {
    this.#divide();
    if (stage === 'read') this.#reading.delete(watch);
    else this.#computing.delete(watch);
  }

  #divide(): void {
    const now = performance.now();
    const share = (now - this.#last) / 1000 / (this.#computing.size || this.#reading.size);
    this.#last = now;
    for (const [watch, stage] of this.#computing) watch.seconds[stage] += share;
    if (this.#computing.size === 0) for (const watch of this.#reading) watch.seconds.read += share;
  }
}

/** Adds up where the time of a chunk goes. */
export class Stopwatch {
  readonly seconds: StageSeconds = { read: 0, features: 0, ensemble: 0, smooth: 0, write: 0 };
  readonly #clock: SharedClock;

  /** @param clock of the process, where it works on several chunks at once */
  constructor(clock = new SharedClock()) {
    this.#clock = clock;
  }

  async time<T>(stage: Stage, work: () => Promise<T>): Promise<T> {
    this.#clock.enter(this, stage);
    try {
      return await work();
    } finally {
      this.#clock.leave(this, stage);
    }
  }
}
