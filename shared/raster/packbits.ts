/**
 * Decodes PackBits (TIFF 6.0, section 9) into at most `maxLength` bytes: a count byte n from 0 to 127 is followed by
 * n + 1 bytes to copy, one from -127 to -1 by a byte to repeat 1 - n times; -128 is skipped.
 */
export function decodePackBits(input: Uint8Array, maxLength: number): Uint8Array {
  const output = new Uint8Array(maxLength);
  let position = 0;
  for (let i = 0; i < input.length && position < maxLength;) {
    const count = (input[i++] << 24) >> 24;
    if (count >= 0) {
      const run = input.subarray(i, i + Math.min(count + 1, maxLength - position));
      output.set(run, position);
      position += run.length;
      i += count + 1;
    } else if (count !== -128 && i < input.length) {
      const end = Math.min(position + 1 - count, maxLength);
      output.fill(input[i++], position, end);
      position = end;
    }
  }
  return output.subarray(0, position);
}
