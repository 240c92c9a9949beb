export const stages = ['read', 'features', 'ensemble', 'smooth', 'write'] as const;
export type Stage = (typeof stages)[number];
export type StageSeconds = Record<Stage, number>;

/** Adds up where the time of a chunk goes. */
export class Stopwatch {
  readonly seconds: StageSeconds = { read: 0, features: 0, ensemble: 0, smooth: 0, write: 0 };

  async time<T>(stage: Stage, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.seconds[stage] += (performance.now() - start) / 1000;
    }
  }
}
