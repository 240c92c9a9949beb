import { fillCode, type CodeForm } from './huffman-code.ts';

/** Bits of the index of the literals and lengths, and of the distances; longer codes are looked up in two steps. */
export const literalBits = 11;
export const distanceBits = 9;
/** Entries of a table, more than codes of up to 15 bits can need. */
export const literalRoom = 4096;
export const distanceRoom = 1024;

/**
 * Entries of literals and lengths, i32. Usual ones give up to two literals, and behind them a length that has no extra
 * bits: 0-5 bits of the codes, 6-7 number of literals, 8-23 the literals, 24-30 the length or 0. Rare ones are
 * negative: 0-5 the same, 8-9 their kind, 10-13 number of extra bits, 16-30 base of the length; or bits and place of
 * the second table.
 */
const rare = -(2 ** 31);
export const kinds = { bad: 0, length: 1, end: 2, longer: 3 } as const;

const lengthExtras = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5];
const distanceExtras = [0, 0, 0, 0, ...Array.from({ length: 26 }, (_, i) => 1 + (i >> 1))];

/** Bases that follow each other without a gap (RFC 1951, 3.2.5). */
function bases(first: number, extras: readonly number[]): number[] {
  let base = first;
  return extras.map((extra) => (base += 1 << extra) - (1 << extra));
}

const rareLength = (base: number, extra: number) => rare + (base << 16) + (extra << 10) + (kinds.length << 8);
const literalForm: CodeForm = {
  ...{ indexBits: literalBits, bad: rare, perBit: 1, countsAll: false, mayBeSingle: true },
  ...{ link: rare + (kinds.longer << 8), linkShift: 10 },
  entries: Int32Array.from([
    ...Array.from({ length: 256 }, (_, literal) => (literal << 8) + 0x40),
    rare + (kinds.end << 8),
    ...bases(3, lengthExtras).map((base, i) =>
      lengthExtras[i] === 0 ? base << 24 : rareLength(base, lengthExtras[i]),
    ),
    ...[rareLength(258, 0), rare, rare],
  ]),
};

/**
 * Entries of distances: 0-5 bits of the code and extra, 6-11 bits of the code and two, 12-15 number of extra bits,
 * 16-30 base. Rare ones are negative: without extra bits no code, else bits and place of the second table. As an i64
 * in the table they have the mask of the extra bits in 48-62 and their sign in 63.
 */
const distanceForm: CodeForm = {
  ...{ indexBits: distanceBits, bad: rare, perBit: 65, countsAll: true, mayBeSingle: true },
  ...{ link: rare + (2 << 6), linkShift: 12 },
  entries: Int32Array.from([
    ...bases(1, distanceExtras).map(
      (base, i) => (base << 16) + (distanceExtras[i] << 12) + (2 << 6) + distanceExtras[i],
    ),
    ...[rare, rare],
  ]),
};

const single = new Int32Array(literalRoom);
const joined = new Int32Array(literalRoom);
const pairs = new Int32Array(2 * distanceRoom);

/** Fills the table of literals and lengths from the bits of their codes; an Error says that they are no Huffman code. */
export function fillLiterals(table: Int32Array, lengths: Uint8Array): void {
  const size = fillCode(single, lengths, literalForm);
  joined.set(single);
  joinSymbols();
  table.set(size === joined.length ? joined : joined.subarray(0, size));
}

/** Fills the table of distances, whose i64 are pairs of i32, low one first. */
export function fillDistances(table: Int32Array, lengths: Uint8Array): void {
  const size = fillCode(single, lengths, distanceForm);
  for (let i = 0; i < size; i++) {
    const entry = single[i];
    pairs[2 * i] = entry & 0x7fffffff;
    pairs[2 * i + 1] = (entry & rare) | (((1 << ((entry >> 12) & 15)) - 1) << 16);
  }
  table.set(pairs.subarray(0, 2 * size));
}

/** Lets an index that holds the codes of a literal, perhaps another, and perhaps a short length, give all at once. */
function joinSymbols(): void {
  for (let index = 0; index < 1 << literalBits; index++) {
    const first = single[index];
    // A literal: what is rare is negative, and a length begins at bit 24.
    if (first >>> 0 >= 1 << 24) continue;
    let bits = first & 0x3f;
    const second = single[index >> bits];
    bits += second & 0x3f;
    if (second < 0 || bits > literalBits) continue;
    if (second >= 1 << 24) joined[index] = (second & 0x7f000000) | (first & 0xffc0) | bits;
    else joined[index] = joinLength(index, ((second & 0xff00) << 8) | (first & 0xff00) | 0x80, bits);
  }
}

function joinLength(index: number, literals: number, bits: number): number {
  const third = single[index >> bits];
  const all = bits + (third & 0x3f);
  return third < 1 << 24 || all > literalBits ? literals | bits : (third & 0x7f000000) | literals | all;
}
