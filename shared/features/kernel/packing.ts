import type { WasmInstance } from '#shared/wasm/instance.ts';
import { layout, planeBytes as bandBytes } from './layout.ts';
import { maxWidth } from './pack-code.ts';

/**
 * How a band of a block's dekad is packed: what is taken from its numbers, bits of a number from bit 16 on, whether their
 * last bit, which none has, is dropped, and whether one stands for two neighbours.
 */
type Shape = number;

type Exports = WasmInstance['exports'];

const widthBit = 16;
const dropBit = 21;
const pairsBit = 22;

const widthOf = (shape: Shape) => (shape >> widthBit) & 31;
const hasPairs = (shape: Shape) => ((shape >> pairsBit) & 1) === 1;
const numberBytes = (shape: Shape) => (hasPairs(shape) ? bandBytes / 2 : bandBytes);

/** Bytes that a band takes when it is packed. */
export const packedBytes = (shape: Shape): number => (numberBytes(shape) * widthOf(shape)) / maxWidth;

/**
 * Medians with fewer bits, without loss: as uint16 they take half as much again to twice as much as they need. The
 * numbers of a band of a block all get as many bits as the span of them needs; where all are even, as twice the median of
 * an odd count is, the last bit is left out; where bands of 20 m say everything twice, they are kept once.
 */
export class Packing {
  readonly #exports: Exports;
  readonly #packs: Exports[string][];
  readonly #unpacks: Exports[string][];
  readonly #measures: Uint16Array;

  /** @param exports of a module with the functions of `pack-code.ts` */
  constructor(exports: Exports, memory: ArrayBuffer) {
    const byWidth = (name: string) => Array.from({ length: maxWidth + 1 }, (_, width) => exports[`${name}${width}`]);
    this.#exports = exports;
    [this.#packs, this.#unpacks] = [byWidth('pack'), byWidth('unpack')];
    this.#measures = new Uint16Array(memory, layout.measures, 4 * 8);
  }

  /**
   * @param source address of the band's first vector, of which there is one in each of the block's groups
   * @param target has room for `bandBytes`
   */
  pack(source: number, target: number): Shape {
    this.#exports.gather(source);
    const shape = this.#shape();
    if (hasPairs(shape)) this.#exports.halve();
    this.#packs[widthOf(shape)](target, ...rest(shape));
    return shape;
  }

  /** The same way back. */
  unpack(shape: Shape, source: number, target: number): void {
    this.#unpacks[widthOf(shape)](source, ...rest(shape));
    if (hasPairs(shape)) this.#exports.scatterPairs(target);
    else this.#exports.scatter(target);
  }

  #shape(): Shape {
    let [least, highest, bits, apart] = [65_535, 0, 0, 0];
    for (let lane = 0; lane < 8; lane++) {
      least = Math.min(least, this.#measures[lane]);
      highest = Math.max(highest, this.#measures[8 + lane]);
      bits |= this.#measures[16 + lane];
      apart |= this.#measures[24 + lane];
    }
    if (highest === 0) return 1 << pairsBit;
    const drop = (bits & 1) ^ 1;
    // One less than the least number, so that none that there is becomes 0.
    const base = ((least + 1) >> drop) - 1;
    const width = 32 - Math.clz32((highest >> drop) - base);
    return base | (width << widthBit) | (drop << dropBit) | (apart === 0 ? 1 << pairsBit : 0);
  }
}

/** What the functions that pack and unpack are told besides where to. */
const rest = (shape: Shape): [number, number, number] => {
  const base = shape & 0xffff;
  return [base | (base << 16), (shape >> dropBit) & 1, numberBytes(shape)];
};
