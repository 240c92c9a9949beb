import type { Pass } from '../pass.ts';
import type { PixelRuns } from '../pixel-runs.ts';
import type { Kernel, PassAddress } from './kernel.ts';
import { groupPixels, layout, maxPasses, passBytes, planeBytes } from './layout.ts';

const bands = 6;
/** The class of a pixel without data. */
const noData = 0;

/** Medians of digital numbers are those of reflectances only where all passes are scaled alike, and upwards. */
export function fitsKernel(passes: readonly Pass[]): boolean {
  if (passes.length > maxPasses) return false;
  return passes.every(
    ({ numbers, scaling }) =>
      numbers.every((plane) => plane instanceof Uint16Array) &&
      scaling.every(({ scale, offset }, i) => {
        const first = passes[0].scaling[i];
        return scale > 0 && scale === first.scale && offset === first.offset;
      }),
  );
}

/** Distance of the planes of all passes, if they lie in the kernel's memory and the same distance apart. */
export function strideIn({ bytes }: Kernel, passes: readonly Pass[]): number | null {
  if (passes.length === 0) return 0;
  const [a, b] = passes[0].numbers as readonly Uint16Array[];
  const stride = b.byteOffset - a.byteOffset;
  for (const pass of passes) {
    const planes = pass.numbers as readonly Uint16Array[];
    if (pass.classes.buffer !== bytes.buffer) return null;
    for (let band = 0; band < bands; band++) {
      const isThere = planes[band].byteOffset === planes[0].byteOffset + band * stride;
      if (planes[band].buffer !== bytes.buffer || !isThere) return null;
    }
  }
  return stride;
}

/** Where a pass that lies in the kernel's memory is read from a place of its planes on. */
export const addressAt =
  (place: number) =>
  ({ numbers, classes }: Pass): PassAddress => ({
    numbers: (numbers[0] as Uint16Array).byteOffset + 2 * place,
    classes: classes.byteOffset + place,
  });

/** The passes of a dekad, whose pixels are copied into the kernel's memory block by block. */
export class Staging {
  /** Where the copies lie. */
  readonly addresses: PassAddress[];
  readonly #memory: Buffer;
  readonly #planes: { bytes: Buffer; sampleBytes: number; address: number }[];

  constructor({ bytes }: Kernel, passes: readonly Pass[]) {
    this.addresses = passes.map((_, i) => {
      const numbers = layout.staging + i * passBytes;
      return { numbers, classes: numbers + bands * planeBytes };
    });
    this.#memory = bytesOf(bytes);
    this.#planes = passes.flatMap(({ numbers, classes }, i) => [
      ...(numbers as readonly Uint16Array[]).map((plane, band) => {
        return { bytes: bytesOf(plane), sampleBytes: 2, address: this.addresses[i].numbers + band * planeBytes };
      }),
      { bytes: bytesOf(classes), sampleBytes: 1, address: this.addresses[i].classes },
    ]);
  }

  /** Copies `count` pixels from `first` on; a group that is not full is filled up with hidden ones. */
  copy(runs: PixelRuns, first: number, count: number): void {
    runs.each(first, count, (pixel, place, length) => {
      for (const { bytes, sampleBytes, address } of this.#planes) {
        const to = address + (pixel - first) * sampleBytes;
        bytes.copy(this.#memory, to, place * sampleBytes, (place + length) * sampleBytes);
      }
    });
    const end = Math.ceil(count / groupPixels) * groupPixels;
    for (const { classes } of this.addresses) this.#memory.fill(noData, classes + count, classes + end);
  }
}

/** A Buffer copies a row in a fraction of the time that a view of the row takes to be made. */
const bytesOf = ({ buffer, byteOffset, byteLength }: Uint8Array | Uint16Array) =>
  Buffer.from(buffer, byteOffset, byteLength);
