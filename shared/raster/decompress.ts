import { promisify } from 'node:util';
import { inflate, zstdDecompress } from 'node:zlib';
import { decodeLzw } from './lzw.ts';
import { decodePackBits } from './packbits.ts';

type Decompress = (bytes: Uint8Array, maxLength: number) => Promise<Uint8Array> | Uint8Array;

const inflateAsync = promisify(inflate);
const zstdAsync = promisify(zstdDecompress);

const deflated: Decompress = (bytes, maxLength) => inflateAsync(bytes, { maxOutputLength: maxLength });
const methods: Readonly<Record<number, Decompress>> = {
  1: (bytes, maxLength) => bytes.slice(0, maxLength),
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

/** The compression as a person knows it. */
export const compressionName = (compression: number): string => names[compression] ?? `number ${compression}`;

/**
 * Decompresses one block into a buffer of its own. More than `maxLength` bytes are refused or cut off; fewer are for
 * the caller to notice.
 */
export async function decompress(compression: number, bytes: Uint8Array, maxLength: number): Promise<Uint8Array> {
  return methods[compression](bytes, maxLength);
}
