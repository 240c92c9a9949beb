import { hiddenClasses } from '#shared/features/pass.ts';
import type { PixelRuns } from '#shared/features/pixel-runs.ts';

/** Classes as bytes; what is no byte means nothing, and hides nothing. */
export function classBytes(classes: ArrayLike<number>): Uint8Array {
  if (classes instanceof Uint8Array) return classes;
  return Uint8Array.from(classes, (value) => (Number.isInteger(value) && value >= 0 && value < 256 ? value : 255));
}

/** Whether any of the chosen pixels shows the ground by its class. */
export function showsGround(classes: Uint8Array, runs: PixelRuns): boolean {
  let shows = false;
  runs.each(0, runs.count, (_pixel, place, length) => {
    for (let at = place; !shows && at < place + length; at++) shows = hiddenClasses[classes[at]] === 0;
  });
  return shows;
}
