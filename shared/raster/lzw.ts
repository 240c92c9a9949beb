const clearCode = 256;
const endCode = 257;
const maxCodes = 4096;

/** Reads codes of growing width, most significant bit first. */
function codeReader(input: Uint8Array): (bits: number) => number {
  let position = 0;
  let buffer = 0;
  let available = 0;
  return (bits) => {
    while (available < bits) {
      if (position === input.length) return endCode;
      buffer = ((buffer << 8) | input[position++]) & 0xffffff;
      available += 8;
    }
    available -= bits;
    return (buffer >>> available) & ((1 << bits) - 1);
  };
}

/** Strings of the dictionary as chains: each is another string and one byte more. */
function dictionary() {
  const prefix = new Uint16Array(maxCodes);
  const suffix = new Uint8Array(maxCodes);
  const length = new Uint16Array(maxCodes).fill(1, 0, clearCode);
  for (let code = 0; code < clearCode; code++) suffix[code] = code;
  let next = endCode + 1;
  return {
    clear: () => void (next = endCode + 1),
    size: () => next,
    add(code: number, byte: number): void {
      if (next === maxCodes) return;
      prefix[next] = code;
      suffix[next] = byte;
      length[next++] = length[code] + 1;
    },
    firstByte(code: number): number {
      let at = code;
      while (length[at] > 1) at = prefix[at];
      return suffix[at];
    },
    /** Writes a string up to the end of `output`; gives the position after it. */
    write(code: number, output: Uint8Array, position: number): number {
      const end = position + length[code];
      let at = code;
      for (let i = end - 1; i >= position; i--, at = prefix[at]) if (i < output.length) output[i] = suffix[at];
      return Math.min(end, output.length);
    },
  };
}

/**
 * Decodes TIFF's LZW (TIFF 6.0, section 13: codes of 9 to 12 bits, width grown one code early) into at most
 * `maxLength` bytes. The result is shorter where the data end early. Throws on codes that cannot occur.
 */
export function decodeLzw(input: Uint8Array, maxLength: number): Uint8Array {
  const output = new Uint8Array(maxLength);
  const read = codeReader(input);
  const strings = dictionary();
  let previous = -1;
  let position = 0;
  while (position < maxLength) {
    const size = strings.size();
    const code = read(size < 511 ? 9 : size < 1023 ? 10 : size < 2047 ? 11 : 12);
    if (code === endCode) break;
    if (code === clearCode) {
      strings.clear();
      previous = -1;
      continue;
    }
    if (previous < 0 && code > 255) throw new Error(`LZW code ${code} follows nothing`);
    if (previous >= 0) strings.add(previous, strings.firstByte(code < strings.size() ? code : previous));
    if (code >= strings.size()) throw new Error(`LZW code ${code} is not defined yet`);
    position = strings.write(code, output, position);
    previous = code;
  }
  return output.subarray(0, position);
}
