import { seasonDekads } from '#shared/domain/season.ts';
import type { Kernel } from './kernel/kernel.ts';
import { blockPixels, groupMedians, groupPixels, layout } from './kernel/layout.ts';
import { packedBytes } from './kernel/packing.ts';

const bands = 6;
/** Blocks whose medians lie together and go together. */
const shelfBlocks = 4;
/** Memory comes in slabs of so many bytes, large enough for glibc to give each back at once. */
const slabBytes = 2 ** 18;

/** The medians of a few blocks, one behind the other. */
interface Shelf {
  slabs: Uint8Array<ArrayBuffer>[];
  /** Where the next ones go, in the last slab. */
  end: number;
}

/** Medians of many blocks, packed: they take memory as they come, and give it back as they are done with. */
export class PackedMedians {
  readonly #kernel: Kernel;
  readonly #blocks: number;
  readonly #shelves: Shelf[];
  /** By [block][dekad] the slab and the place in it. */
  readonly #slabs: Uint16Array;
  readonly #places: Uint32Array;
  /** By [block][dekad][band]. */
  readonly #shapes: Uint32Array;

  constructor(blocks: number, kernel: Kernel) {
    const dekads = blocks * seasonDekads;
    this.#kernel = kernel;
    this.#blocks = blocks;
    this.#shelves = Array.from({ length: Math.ceil(blocks / shelfBlocks) }, () => ({ slabs: [], end: slabBytes }));
    [this.#slabs, this.#places] = [new Uint16Array(dekads), new Uint32Array(dekads)];
    this.#shapes = new Uint32Array(dekads * bands);
  }

  /** Packs a dekad of the first `count` pixels of a block: their medians begin at `source` in the kernel's memory. */
  keep(block: number, dekad: number, source: number, count: number): void {
    const { bytes, packing } = this.#kernel;
    const groups = Math.ceil(count / groupPixels);
    bytes.fill(0, source + groups * groupMedians, source + (blockPixels / groupPixels) * groupMedians);
    const at = block * seasonDekads + dekad;
    let length = 0;
    for (let band = 0; band < bands; band++) {
      const shape = packing.pack(source + 16 * band, layout.packed + length);
      this.#shapes[at * bands + band] = shape;
      length += packedBytes(shape);
    }
    const shelf = this.#shelfOf(block);
    if (shelf.end + length > slabBytes) {
      shelf.slabs.push(new Uint8Array(slabBytes));
      shelf.end = 0;
    }
    const slab = shelf.slabs.length - 1;
    shelf.slabs[slab]?.set(bytes.subarray(layout.packed, layout.packed + length), shelf.end);
    [this.#slabs[at], this.#places[at]] = [slab, shelf.end];
    shelf.end += length;
  }

  /** Unpacks a dekad of a block to where its medians are to begin. */
  restore(block: number, dekad: number, target: number): void {
    const { bytes, packing } = this.#kernel;
    const at = block * seasonDekads + dekad;
    const shapes = this.#shapes.subarray(at * bands, (at + 1) * bands);
    const length = shapes.reduce((sum, shape) => sum + packedBytes(shape), 0);
    if (length > 0) {
      const slab = this.#shelfOf(block).slabs[this.#slabs[at]];
      if (!slab) throw new Error(`the medians of block ${block} have been given back`);
      bytes.set(slab.subarray(this.#places[at], this.#places[at] + length), layout.packed);
    }
    let from = layout.packed;
    shapes.forEach((shape, band) => {
      packing.unpack(shape, from, target + 16 * band);
      from += packedBytes(shape);
    });
  }

  /** Gives back the memory of the blocks before `end`, as far as it is not that of others too. */
  free(end: number): void {
    const whole = end < this.#blocks ? Math.floor(end / shelfBlocks) : this.#shelves.length;
    for (const shelf of this.#shelves.slice(0, whole)) {
      for (const { buffer } of shelf.slabs) buffer.transfer(0);
      shelf.slabs = [];
      shelf.end = slabBytes;
    }
  }

  #shelfOf(block: number): Shelf {
    return this.#shelves[Math.floor(block / shelfBlocks)];
  }
}
