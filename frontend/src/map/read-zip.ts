import { Unzip, UnzipInflate, UnzipPassThrough, type UnzipFile } from 'fflate';
import { AreaFileError } from './area-file-error.ts';

/** Bytes that an archive may hold once it is unpacked. */
export const maxUnpackedBytes = 64 * 1024 * 1024;
const maxEntries = 1000;
/** A piece of an archive can swell a thousandfold: small ones let us stop in time. */
const pieceBytes = 16 * 1024;

interface Entry {
  pieces: Uint8Array[];
  done: boolean;
}

/**
 * The files of an archive whose names are wanted. Neither what the archive says of their sizes is believed nor is more
 * than `maxUnpackedBytes` ever unpacked.
 */
export function readZip(archive: Uint8Array, isWanted: (name: string) => boolean): Map<string, Uint8Array> {
  const entries = new Map<string, Entry>();
  let unpacked = 0;
  let seen = 0;
  const take = (file: UnzipFile) => {
    if (++seen > maxEntries) throw new AreaFileError('areaFile.zipTooMany', { max: maxEntries });
    if (!isWanted(file.name)) return;
    if (unpacked + (file.originalSize ?? 0) > maxUnpackedBytes) throw bomb();
    const entry: Entry = { pieces: [], done: false };
    entries.set(file.name, entry);
    file.ondata = (error, piece, final) => {
      if (error) throw error;
      unpacked += piece.length;
      if (unpacked > maxUnpackedBytes) throw bomb();
      entry.pieces.push(piece);
      entry.done = final;
    };
    file.start();
  };
  unpack(archive, take);
  if ([...entries.values()].some(({ done }) => !done)) throw new AreaFileError('areaFile.damagedZip');
  return new Map([...entries].map(([name, { pieces }]) => [name, joined(pieces)]));
}

const bomb = () => new AreaFileError('areaFile.zipBomb', { mib: maxUnpackedBytes / 1024 ** 2 });

function unpack(archive: Uint8Array, onFile: (file: UnzipFile) => void): void {
  const unzip = new Unzip(onFile);
  unzip.register(UnzipInflate);
  unzip.register(UnzipPassThrough);
  try {
    for (let at = 0; at < archive.length; at += pieceBytes)
      unzip.push(archive.subarray(at, at + pieceBytes), at + pieceBytes >= archive.length);
  } catch (cause) {
    if (cause instanceof AreaFileError) throw cause;
    throw new AreaFileError('areaFile.damagedZip', {}, { cause });
  }
}

function joined(pieces: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
