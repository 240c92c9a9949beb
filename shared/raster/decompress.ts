import { promisify } from 'node:util';
import { createInflate, inflate, zstdDecompress } from 'node:zlib';
import { decodeLzw } from './lzw.ts';
import { decodePackBits } from './packbits.ts';
import { copyOf } from './samples.ts';

type Decompress = (bytes: Uint8Array, maxLength: number, wanted: number) => Promise<Uint8Array> | Uint8Array;

const inflateAsync = promisify(inflate);
const zstdAsync = promisify(zstdDecompress);

/** More room than the output needs, so that it comes in one piece. */
const spare = 64;

const deflated: Decompress = (bytes, maxLength, wanted) =>
  wanted < maxLength
    ? inflateStart(bytes, wanted)
    : inflateAsync(bytes, { chunkSize: maxLength + spare, maxOutputLength: maxLength });

/** The first bytes of a stream, which is not read further. */
function inflateStart(bytes: Uint8Array, wanted: number): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const stream = createInflate({ chunkSize: Math.max(wanted, spare) });
  const pieces: Buffer[] = [];
  let length = 0;
  const finish = () => {
    stream.destroy();
    resolve(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces));
  };
  stream.on('data', (piece: Buffer) => {
    pieces.push(piece);
    length += piece.length;
    if (length >= wanted) finish();
  });
  stream.on('end', finish);
  stream.on('error', reject);
  stream.end(bytes);
  return promise;
}

const methods: Readonly<Record<number, Decompress>> = {
  1: copyOf,
  5: decodeLzw,
  8: deflated,
  32773: decodePackBits,
  32946: deflated,
  50000: (bytes, maxLength) => zstdAsync(bytes, { maxOutputLength: maxLength }),
};

const names: Readonly<Record<number, string>> = {
  6: 'old-style JPEG',
  7: 'JPEG',
  34712: 'JPEG 2000',
  34887: 'LERC',
  34925: 'LZMA',
  50001: 'WebP',
  50002: 'JPEG XL',
};

/** Whether blocks of this TIFF compression can be decoded: none, LZW, deflate, PackBits, zstd. */
export const canDecompress = (compression: number): boolean => Object.hasOwn(methods, compression);

/** Whether blocks of this TIFF compression are zlib streams. */
export const isDeflate = (compression: number): boolean => methods[compression] === deflated;

/** The compression as a person knows it. */
export const compressionName = (compression: number): string => names[compression] ?? `number ${compression}`;

/**
 * Decompresses one block into a buffer of its own. More than `maxLength` bytes are refused or cut off; fewer are for
 * the caller to notice. Of a deflated block only the first `wanted` bytes are decompressed: damage behind them, and a
 * checksum that is wrong, is not noticed then.
 */
export async function decompress(
  compression: number,
  bytes: Uint8Array,
  maxLength: number,
  wanted = maxLength,
): Promise<Uint8Array> {
  return methods[compression](bytes, maxLength, wanted);
}
