import { seasonDekads } from '#shared/domain/season.ts';
import type { Kernel } from './kernel/kernel.ts';
import { blockPixels, groupMedians, groupPixels } from './kernel/layout.ts';
import { packedBytes } from './kernel/packing.ts';

const bands = 6;

/** Medians of many blocks, packed one behind the other in the kernel's memory, which is used as far as they reach. */
export class PackedMedians {
  readonly #kernel: Kernel;
  /** By [block][dekad][band]. */
  readonly #places: Uint32Array;
  readonly #shapes: Uint32Array;
  #end: number;

  /** @param address where they begin; medians that cannot be packed take as much as before */
  constructor(blocks: number, kernel: Kernel, address: number) {
    const all = blocks * seasonDekads * bands;
    this.#kernel = kernel;
    [this.#places, this.#shapes] = [new Uint32Array(all), new Uint32Array(all)];
    this.#end = address;
  }

  /** Packs a dekad of the first `count` pixels of a block: their medians begin at `source`. */
  keep(block: number, dekad: number, source: number, count: number): void {
    const { bytes, packing } = this.#kernel;
    const groups = Math.ceil(count / groupPixels);
    bytes.fill(0, source + groups * groupMedians, source + (blockPixels / groupPixels) * groupMedians);
    for (let band = 0; band < bands; band++) {
      const at = (block * seasonDekads + dekad) * bands + band;
      const shape = packing.pack(source + 16 * band, this.#end);
      this.#places[at] = this.#end;
      this.#shapes[at] = shape;
      this.#end += packedBytes(shape);
    }
  }

  /** Unpacks a dekad of a block to where its medians are to begin. */
  restore(block: number, dekad: number, target: number): void {
    for (let band = 0; band < bands; band++) {
      const at = (block * seasonDekads + dekad) * bands + band;
      this.#kernel.packing.unpack(this.#shapes[at], this.#places[at], target + 16 * band);
    }
  }
}
