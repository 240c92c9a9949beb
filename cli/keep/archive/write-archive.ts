import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { diskError } from '#shared/storage/directory-store.ts';
import { TarWriter } from '../tar/write-tar.ts';
import { manifestName, sumsName, type Manifest } from './manifest.ts';

/** An archive in the making. */
export interface ArchiveSink {
  add(name: string, bytes: Uint8Array): Promise<void>;
  addPieces(name: string, size: number, pieces: AsyncIterable<Uint8Array>): Promise<void>;
}

/**
 * Writes an archive beside its place, for its owner alone, and moves it there when it is whole: an archive that can be
 * seen has its sums.
 */
export async function writeArchive(path: string, fill: (sink: ArchiveSink) => Promise<Manifest>): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`;
  const drafts = [draft, `${draft}.sums.tmp`];
  try {
    await mkdir(dirname(path), { recursive: true });
    await using file = await open(draft, 'wx', 0o600);
    await using sums = await open(drafts[1], 'wx+', 0o600);
    await fillFile(file, sums, fill);
    await file.sync();
    await rename(draft, path);
  } catch (error) {
    throw diskError(error, dirname(path));
  } finally {
    for (const name of drafts) await rm(name, { force: true });
  }
}

/** `sums` keeps the sums until all are known: an archive may have more files than lines should be held. */
async function fillFile(
  file: FileHandle,
  sums: FileHandle,
  fill: (sink: ArchiveSink) => Promise<Manifest>,
): Promise<void> {
  const tar = new TarWriter(file);
  const addPieces: ArchiveSink['addPieces'] = async (name, size, pieces) => {
    const hash = createHash('sha256');
    await tar.add(
      name,
      size,
      hashed(pieces, (piece) => hash.update(piece)),
    );
    await sums.writeFile(`${hash.digest('hex')}  ${name}\n`);
  };
  const add: ArchiveSink['add'] = (name, bytes) => addPieces(name, bytes.length, one(bytes));
  const manifest = await fill({ add, addPieces });
  await add(manifestName, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
  const { size } = await sums.stat();
  await tar.add(sumsName, size, sums.createReadStream({ start: 0, autoClose: false }));
  await tar.end();
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* hashed(
  pieces: AsyncIterable<Uint8Array>,
  see: (piece: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    see(piece);
    yield piece;
  }
}
