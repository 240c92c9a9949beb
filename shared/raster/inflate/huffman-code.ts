export const maxBits = 15;

/** How a Huffman code of deflate becomes a table. */
export interface CodeForm {
  /** Bits of the index of the table; codes that are longer go on in second tables behind it. */
  indexBits: number;
  /** Entries by symbol, without the bits of the code. */
  entries: Int32Array;
  /** Where there is no code. */
  bad: number;
  /** Of a code of n bits, n times so much is added to the entry. */
  perBit: number;
  /** Whether the entries of a second table count all bits of the code, and not only those behind the index. */
  countsAll: boolean;
  /** An entry that leads to a second table: added are its place from bit 16 on, and its bits from bit `linkShift` on. */
  link: number;
  linkShift: number;
  /** Whether a single code of one bit is enough; zlib allows it for all codes but that of the code lengths. */
  mayBeSingle: boolean;
}

const order = new Uint16Array(320);
const counts = new Uint16Array(maxBits + 1);
const next = new Uint16Array(maxBits + 2);

/** The code that follows, first bit lowest. */
function following(code: number, bits: number): number {
  const zeros = code ^ ((1 << bits) - 1);
  if (zeros === 0) return 0;
  const top = 1 << (31 - Math.clz32(zeros));
  return (code & (top - 1)) | top;
}

/** Counts the codes by their bits, and orders the symbols by theirs. */
function orderSymbols(lengths: Uint8Array, mayBeSingle: boolean): void {
  counts.fill(0);
  for (let symbol = 0; symbol < lengths.length; symbol++) counts[lengths[symbol]]++;
  const used = lengths.length - counts[0];
  counts[0] = 0;
  next[1] = 0;
  let left = 1;
  for (let bits = 1; bits <= maxBits; bits++) {
    left = 2 * left - counts[bits];
    if (left < 0) throw new Error('its Huffman code has too many symbols');
    next[bits + 1] = next[bits] + counts[bits];
  }
  const single = mayBeSingle && used === 1 && counts[1] === 1;
  if (left > 0 && used > 0 && !single) throw new Error('its Huffman code is incomplete');
  for (let symbol = 0; symbol < lengths.length; symbol++)
    if (lengths[symbol] > 0) order[next[lengths[symbol]]++] = symbol;
}

/**
 * Fills a table from the bits of the symbols' codes (RFC 1951, 3.2.2), as libdeflate does: each step to a longer code
 * doubles what is there. Throws an Error for bits that are no Huffman code.
 *
 * @returns how many entries there are
 */
export function fillCode(table: Int32Array, lengths: Uint8Array, form: CodeForm): number {
  const { indexBits, entries, bad, perBit, mayBeSingle } = form;
  orderSymbols(lengths, mayBeSingle);
  table[0] = bad;
  let [code, at] = [0, 0];
  for (let bits = 1; bits <= indexBits; bits++) {
    table.copyWithin(1 << (bits - 1), 0, 1 << (bits - 1));
    for (let i = counts[bits]; i > 0; i--, code = following(code, bits))
      table[code] = entries[order[at++]] + perBit * bits;
  }
  return fillSecond(table, form, code, at);
}

/** The tables of the codes from `code` on, which are longer than the index. */
function fillSecond(table: Int32Array, form: CodeForm, from: number, firstSymbol: number): number {
  const { indexBits, entries, perBit, countsAll, link, linkShift } = form;
  let [code, at, prefix, second, secondBits, free] = [from, firstSymbol, -1, 0, 0, 1 << indexBits];
  for (let bits = indexBits + 1; bits <= maxBits; bits++)
    for (let left = counts[bits]; left > 0; left--, code = following(code, bits)) {
      if ((code & ((1 << indexBits) - 1)) !== prefix) {
        prefix = code & ((1 << indexBits) - 1);
        secondBits = bitsOfSecond(bits, left, indexBits);
        second = free;
        free += 1 << secondBits;
        table[prefix] = link + (second << 16) + (secondBits << linkShift) + perBit * indexBits;
      }
      const entry = entries[order[at++]] + perBit * (countsAll ? bits : bits - indexBits);
      for (let i = code >> indexBits; i < 1 << secondBits; i += 1 << (bits - indexBits)) table[second + i] = entry;
    }
  return free;
}

/** Bits of a second table whose first code has `bits`, of which `left` codes are left. */
function bitsOfSecond(bits: number, left: number, indexBits: number): number {
  let secondBits = bits - indexBits;
  for (let space = left; space < 1 << secondBits && indexBits + secondBits < maxBits;)
    space = 2 * space + counts[indexBits + ++secondBits];
  return secondBits;
}
