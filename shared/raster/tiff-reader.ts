import { brokenScene } from './broken-scene.ts';
import { sniffFormat } from './sniff-format.ts';
import type { ByteSource } from './source.ts';

/** What is needed to read numbers of one TIFF file: its source, length, byte order and flavour. */
export interface TiffFile {
  source: ByteSource;
  size: number;
  littleEndian: boolean;
  /** BigTIFF: 8-byte offsets and counts. */
  big: boolean;
  firstDirectory: number;
}

export const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A 64-bit unsigned number; one beyond 2^53 becomes infinite, which every bound refuses. */
export function uint64(view: DataView, position: number, littleEndian: boolean): number {
  const value = view.getBigUint64(position, littleEndian);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : Infinity;
}

/** Reads bytes of a TIFF after checking that the file has them; `what` names them in the error. */
export async function readChecked(
  file: Pick<TiffFile, 'source' | 'size'>,
  offset: number,
  length: number,
  what: string,
  signal?: AbortSignal,
): Promise<DataView> {
  if (!(offset >= 0 && length >= 0 && offset + length <= file.size))
    throw brokenScene(
      file.source.name,
      `${what} lies outside of the file's ${file.size} bytes; it is truncated or damaged`,
    );
  return viewOf(await file.source.read(offset, length, signal));
}

/** Reads and checks the header of a TIFF or BigTIFF (TIFF 6.0, section 2; BigTIFF design of 2007). */
export async function readHeader(source: ByteSource, signal?: AbortSignal): Promise<TiffFile> {
  const { name } = source;
  const size = await source.size(signal);
  if (size === 0) throw brokenScene(name, 'the file is empty');
  const head = await source.read(0, Math.min(size, 64), signal);
  const order = Buffer.from(head.subarray(0, 2)).toString('latin1');
  const littleEndian = order === 'II';
  const view = viewOf(head);
  const magic = size >= 4 ? view.getUint16(2, littleEndian) : 0;
  if ((!littleEndian && order !== 'MM') || (magic !== 42 && magic !== 43))
    throw brokenScene(name, `it is no TIFF but ${sniffFormat(head)}`);
  const big = magic === 43;
  if (size < (big ? 16 : 8)) throw brokenScene(name, `the file has only ${size} bytes; it is truncated`);
  if (big && (view.getUint16(4, littleEndian) !== 8 || view.getUint16(6, littleEndian) !== 0))
    throw brokenScene(name, 'its BigTIFF header is damaged');
  const firstDirectory = big ? uint64(view, 8, littleEndian) : view.getUint32(4, littleEndian);
  return { source, size, littleEndian, big, firstDirectory };
}
