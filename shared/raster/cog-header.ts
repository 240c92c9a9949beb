import type { Tag, TagType } from './cog-tags.ts';

const types: Record<TagType, { code: number; bytes: number }> = {
  ascii: { code: 2, bytes: 1 },
  short: { code: 3, bytes: 2 },
  long: { code: 4, bytes: 4 },
  double: { code: 12, bytes: 8 },
  long8: { code: 16, bytes: 8 },
};

// Tells GDAL that the directories come before the data; the blank at the end leaves room for an editor's "YES".
const structure = 'LAYOUT=IFDS_BEFORE_DATA\nKNOWN_INCOMPATIBLE_EDITION=NO\n ';
const ghost = `GDAL_STRUCTURAL_METADATA_SIZE=${String(structure.length).padStart(6, '0')} bytes\n${structure}`;

const even = (length: number) => length + (length % 2);

function tagBytes({ type, values }: Tag): Uint8Array {
  if (typeof values === 'string') return new TextEncoder().encode(`${values}\0`);
  const { bytes } = types[type];
  const view = new DataView(new ArrayBuffer(values.length * bytes));
  values.forEach((value, i) => {
    if (type === 'short') view.setUint16(i * bytes, value, true);
    else if (type === 'long') view.setUint32(i * bytes, value, true);
    else if (type === 'double') view.setFloat64(i * bytes, value, true);
    else view.setBigUint64(i * bytes, BigInt(value), true);
  });
  return new Uint8Array(view.buffer);
}

/** Writes at growing positions; words are little-endian, and as wide as the kind of TIFF asks. */
class HeaderWriter {
  readonly bytes: Uint8Array;
  readonly big: boolean;
  #view: DataView;
  #at = 0;

  constructor(length: number, big: boolean) {
    this.bytes = new Uint8Array(length);
    this.#view = new DataView(this.bytes.buffer);
    this.big = big;
  }

  short(value: number): void {
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
  }

  /** A count or position: 4 bytes, 8 in BigTIFF. */
  word(value: number): void {
    if (this.big) this.#view.setBigUint64(this.#at, BigInt(value), true);
    else this.#view.setUint32(this.#at, value, true);
    this.#at += this.big ? 8 : 4;
  }

  put(bytes: Uint8Array, length = bytes.length): void {
    this.bytes.set(bytes, this.#at);
    this.#at += length;
  }

  seek(position: number): void {
    this.#at = position;
  }
}

const firstDirectory = (big: boolean) => even((big ? 16 : 8) + ghost.length);
const entriesLength = (count: number, big: boolean) => (big ? 8 + 20 * count + 8 : 2 + 12 * count + 4);
const inlineBytes = (big: boolean) => (big ? 8 : 4);

function directoryLength(tags: readonly Tag[], big: boolean): number {
  const outside = tags.map(tagBytes).filter((bytes) => bytes.length > inlineBytes(big));
  return outside.reduce((sum, bytes) => sum + even(bytes.length), even(entriesLength(tags.length, big)));
}

/** Bytes before the first tile: header, directories and their tag data. It depends on counts, not on tile offsets. */
export function headerLength(directories: readonly Tag[][], big: boolean): number {
  return directories.reduce((sum, tags) => sum + directoryLength(tags, big), firstDirectory(big));
}

function writeDirectory(out: HeaderWriter, tags: readonly Tag[], at: number, next: number): void {
  const word = inlineBytes(out.big);
  let dataAt = at + even(entriesLength(tags.length, out.big));
  out.seek(at);
  if (out.big) out.word(tags.length);
  else out.short(tags.length);
  const outside: [number, Uint8Array][] = [];
  for (const tag of tags) {
    const bytes = tagBytes(tag);
    out.short(tag.id);
    out.short(types[tag.type].code);
    out.word(bytes.length / types[tag.type].bytes);
    if (bytes.length <= word) {
      out.put(bytes, word);
      continue;
    }
    out.word(dataAt);
    outside.push([dataAt, bytes]);
    dataAt += even(bytes.length);
  }
  out.word(next);
  for (const [position, bytes] of outside) {
    out.seek(position);
    out.put(bytes);
  }
}

function writeSignature(out: HeaderWriter): void {
  out.short(0x4949);
  out.short(out.big ? 43 : 42);
  if (out.big) {
    out.short(8);
    out.short(0);
  }
  out.word(firstDirectory(out.big));
  out.put(new TextEncoder().encode(ghost));
}

/** The bytes before the first tile; each directory is followed by its own tag data, then comes the next one. */
export function cogHeader(directories: readonly Tag[][], big: boolean): Uint8Array {
  const out = new HeaderWriter(headerLength(directories, big), big);
  writeSignature(out);
  let at = firstDirectory(big);
  directories.forEach((tags, index) => {
    const end = at + directoryLength(tags, big);
    writeDirectory(out, tags, at, index + 1 < directories.length ? end : 0);
    at = end;
  });
  return out.bytes;
}
