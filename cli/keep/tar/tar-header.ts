/** POSIX ustar: headers and bodies are whole blocks of so many bytes. */
export const blockBytes = 512;

export interface TarHeader {
  name: string;
  /** Bytes of the body. */
  size: number;
  /** `0` a file, `5` a folder, `x` a pax header of the entry that follows. */
  type: '0' | '5' | 'x';
}

/** Where the body of the next entry, or the next header, begins. */
export const padded = (size: number): number => Math.ceil(size / blockBytes) * blockBytes;

/** Largest size that eleven octal digits can say; a larger one is written as a number of base 256, as GNU tar does. */
const mostOctal = 8 ** 11 - 1;

/** The header of an entry; null where the name does not fit and needs a pax header. */
export function encodeHeader({ name, size, type }: TarHeader): Buffer | null {
  const place = splitName(name);
  if (!place) return null;
  const block = Buffer.alloc(blockBytes);
  block.write(place.name, 0, 'utf8');
  block.write('0000600\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  writeSize(block, size);
  block.write('00000000000\0', 136);
  block.write(type, 156);
  block.write('ustar\u000000', 257, 'latin1');
  block.write(place.prefix, 345, 'utf8');
  block.write(`${sumOf(block).toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** One record of a pax header: its length, which counts itself, a space, `path=` and the name. */
export function paxPath(name: string): Buffer {
  const rest = Buffer.byteLength(` path=${name}\n`);
  let length = rest;
  while (length !== rest + String(length).length) length = rest + String(length).length;
  return Buffer.from(`${length} path=${name}\n`);
}

/** The name that a pax header gives; null where it gives none. */
export function pathOfPax(body: Buffer): string | null {
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(0x20, at);
    const length = Number(body.toString('latin1', at, space));
    if (space < 0 || !Number.isInteger(length) || length <= space - at || at + length > body.length) return null;
    const record = body.toString('utf8', space + 1, at + length - 1);
    if (record.startsWith('path=')) return record.slice(5);
    at += length;
  }
  return null;
}

/** Reads a header; null for the empty block that ends an archive. */
export function decodeHeader(block: Buffer): TarHeader | null {
  if (block.every((byte) => byte === 0)) return null;
  const said = Number.parseInt(textAt(block, 148, 8), 8);
  if (said !== sumOf(block)) throw new Error('a header is damaged');
  const [name, prefix] = [textAt(block, 0, 100), textAt(block, 345, 155)];
  const letter = block.toString('latin1', 156, 157);
  const type = letter === '\0' ? '0' : letter;
  if (type !== '0' && type !== '5' && type !== 'x')
    throw new Error(`entries of type ${JSON.stringify(type)} are unknown`);
  return { name: prefix ? `${prefix}/${name}` : name, size: readSize(block), type };
}

function splitName(name: string): { name: string; prefix: string } | null {
  if (Buffer.byteLength(name) <= 100) return { name, prefix: '' };
  for (let at = name.indexOf('/'); at > 0; at = name.indexOf('/', at + 1)) {
    const [prefix, rest] = [name.slice(0, at), name.slice(at + 1)];
    if (Buffer.byteLength(prefix) > 155) return null;
    if (rest && Buffer.byteLength(rest) <= 100) return { name: rest, prefix };
  }
  return null;
}

function writeSize(block: Buffer, size: number): void {
  if (size <= mostOctal) {
    block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
    return;
  }
  block[124] = 0x80;
  block.writeBigUInt64BE(BigInt(size), 128);
}

function readSize(block: Buffer): number {
  const size = block[124] & 0x80 ? Number(block.readBigUInt64BE(128)) : Number.parseInt(textAt(block, 124, 12), 8);
  if (Number.isSafeInteger(size) && size >= 0) return size;
  throw new Error('a header is damaged');
}

const textAt = (block: Buffer, from: number, length: number): string => {
  const field = block.subarray(from, from + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end).trim();
};

/** The sum of the header's bytes, its own field read as spaces. */
function sumOf(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < blockBytes; at++) if (at < 148 || at >= 156) sum += block[at];
  return sum;
}
