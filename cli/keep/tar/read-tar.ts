import type { FileHandle } from 'node:fs/promises';
import { blockBytes, decodeHeader, padded, pathOfPax } from './tar-header.ts';

/** A file in an archive and where its bytes lie. */
export interface TarEntry {
  name: string;
  offset: number;
  size: number;
}

const mostPaxBytes = 65_536;
const pieceBytes = 2 ** 20;

/** The files of an archive, in order; an error where it is damaged or cut off. */
export async function* tarEntries(file: FileHandle): AsyncGenerator<TarEntry> {
  const { size: end } = await file.stat();
  let longName: string | null = null;
  for (let at = 0; ;) {
    const header = decodeHeader(await bytesAt(file, at, blockBytes));
    if (!header) return;
    const offset = at + blockBytes;
    if (offset + header.size > end) throw new Error('it is cut off');
    if (header.type === 'x') {
      if (header.size > mostPaxBytes) throw new Error('a name is too long');
      longName = pathOfPax(await bytesAt(file, offset, header.size));
    } else {
      if (header.type === '0') yield { name: longName ?? header.name, offset, size: header.size };
      longName = null;
    }
    at = offset + padded(header.size);
  }
}

/** The bytes of a file of an archive, piece by piece. */
export async function* tarBody(file: FileHandle, { offset, size }: TarEntry): AsyncGenerator<Buffer> {
  for (let at = 0; at < size; at += pieceBytes) yield await bytesAt(file, offset + at, Math.min(pieceBytes, size - at));
}

async function bytesAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, offset);
  if (bytesRead !== length) throw new Error('it is cut off');
  return buffer;
}
