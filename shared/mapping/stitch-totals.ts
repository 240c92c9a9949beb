import type { PartRecord } from './part-record.ts';

/** What the parts of a job saw of a scene, pixels: valid ones, and those of them below zero. */
interface SceneTotal {
  valid: number;
  negative: number;
}

const milliseconds = (seconds: number) => Math.round(seconds * 1000) / 1000;

/** What the records of a job's parts add up to; the records themselves need not be kept for it. */
export class StitchTotals {
  /** By id, in the order in which they were first seen. */
  readonly scenes = new Map<string, SceneTotal>();
  /** By stage: read, features, ensemble ... */
  readonly seconds: Record<string, number> = {};

  add({ scenes, seconds }: Pick<PartRecord, 'scenes' | 'seconds'>): void {
    for (const { id, valid, negative } of scenes) {
      const total = this.scenes.get(id) ?? { valid: 0, negative: 0 };
      this.scenes.set(id, { valid: total.valid + valid, negative: total.negative + negative });
    }
    for (const [stage, value] of Object.entries(seconds))
      this.seconds[stage] = milliseconds((this.seconds[stage] ?? 0) + value);
  }
}
