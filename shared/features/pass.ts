import { maskedSceneClasses } from '#shared/domain/bands.ts';

/** What one satellite pass recorded of some pixels, as it was recorded. */
export interface Pass {
  /** Digital numbers, one plane per band in the order of `spectralBands`; 0 is no data. Only uint16 goes fast. */
  numbers: readonly ArrayLike<number>[];
  /** The scene classification. */
  classes: Uint8Array;
  /** Per band, reflectance = digital number * scale + offset. */
  scaling: readonly Scaling[];
}

export interface Scaling {
  scale: number;
  offset: number;
}

/** By scene class: 1 where it hides the ground. */
export const hiddenClasses = Uint8Array.from({ length: 256 }, (_, value) =>
  maskedSceneClasses.includes(value) ? 1 : 0,
);

/** Whether a pass shows the ground of a pixel: its class does not hide it and every band has data. */
export function isSeen({ numbers, classes }: Pass, at: number): boolean {
  if (hiddenClasses[classes[at]]) return false;
  for (let band = 0; band < numbers.length; band++) if (numbers[band][at] === 0) return false;
  return true;
}
