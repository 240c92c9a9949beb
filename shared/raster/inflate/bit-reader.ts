import { fillCode, maxBits, type CodeForm } from './huffman-code.ts';

export const truncated = 'its stream is truncated';

/** The code lengths of a block's two Huffman codes. */
export interface CodeLengths {
  literals: Uint8Array;
  distances: Uint8Array;
}

const fixed: CodeLengths = {
  literals: Uint8Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)),
  distances: new Uint8Array(32).fill(5),
};

/** Order of the code lengths of the code lengths (RFC 1951, 3.2.7). */
const order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const ownBits = 7;
/** Entries are the symbol, from bit 4 on, and the bits of the code; 0 where there is none. */
const ownForm: CodeForm = {
  ...{ indexBits: ownBits, bad: 0, perBit: 1, countsAll: true, link: 0, linkShift: 0, mayBeSingle: false },
  entries: Int32Array.from(order, (_, symbol) => symbol << 4),
};
const table = new Int32Array(1 << ownBits);

/** Reads what stands before the symbols of a block, bit by bit. */
export class BitReader {
  readonly bytes: Uint8Array;
  /** Of the next bit in the memory. */
  position = 0;
  /** Behind the last byte of the stream. */
  end = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Up to 16 bits. */
  take(count: number): number {
    const value = this.#peek(count);
    this.position += count;
    this.check();
    return value;
  }

  check(): void {
    if (this.position > 8 * this.end) throw new Error(truncated);
  }

  /** The bytes of a stored block: where they begin, and how many they are. */
  takeStored(): { from: number; length: number } {
    this.position = 8 * Math.ceil(this.position / 8);
    const length = this.take(16);
    if (this.take(16) !== (length ^ 0xffff)) throw new Error('a stored block has no valid length');
    const from = this.position / 8;
    this.position += 8 * length;
    this.check();
    return { from, length };
  }

  /** The four bytes behind the last block. */
  takeChecksum(): number {
    this.position = 8 * Math.ceil(this.position / 8);
    return 65_536 * (256 * this.take(8) + this.take(8)) + 256 * this.take(8) + this.take(8);
  }

  /** The code lengths of a block with fixed (1) or its own (2) Huffman codes. */
  takeLengths(kind: number): CodeLengths {
    if (kind === 1) return fixed;
    const [literals, distances, own] = [this.take(5) + 257, this.take(5) + 1, this.take(4) + 4];
    if (literals > 286 || distances > 30) throw new Error('it has too many Huffman codes');
    this.#fillOwn(own);
    const lengths = new Uint8Array(literals + distances);
    for (let i = 0; i < lengths.length;) i = this.#takeLength(lengths, i);
    if (lengths[256] === 0) throw new Error('it has a block without an end');
    return { literals: lengths.subarray(0, literals), distances: lengths.subarray(literals) };
  }

  #peek(count: number): number {
    const at = this.position >>> 3;
    const three = this.bytes[at] | (this.bytes[at + 1] << 8) | (this.bytes[at + 2] << 16);
    return (three >> (this.position & 7)) & ((1 << count) - 1);
  }

  #fillOwn(count: number): void {
    const lengths = new Uint8Array(order.length);
    for (let i = 0; i < count; i++) lengths[order[i]] = this.take(3);
    fillCode(table, lengths, ownForm);
  }

  #takeLength(lengths: Uint8Array, i: number): number {
    const entry = table[this.#peek(ownBits)];
    if (entry === 0) throw new Error('it holds a code without a meaning');
    this.take(entry & maxBits);
    const symbol = entry >> 4;
    if (symbol < 16) lengths[i] = symbol;
    if (symbol < 16) return i + 1;
    if (symbol === 16 && i === 0) throw new Error('it repeats a code length before the first');
    const times = symbol === 16 ? 3 + this.take(2) : symbol === 17 ? 3 + this.take(3) : 11 + this.take(7);
    if (i + times > lengths.length) throw new Error('it has too many code lengths');
    lengths.fill(symbol === 16 ? lengths[i - 1] : 0, i, i + times);
    return i + times;
  }
}
