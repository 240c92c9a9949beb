import type { FileHandle } from 'node:fs/promises';
import { blockBytes, encodeHeader, padded, paxPath } from './tar-header.ts';

type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Writes the entries of a tar archive one after the other; what is held is one piece of one of them. */
export class TarWriter {
  readonly #file: FileHandle;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Adds a file; an error where its pieces are not as many bytes as was said. */
  async add(name: string, size: number, pieces: Pieces): Promise<void> {
    await this.#header(name, size);
    let written = 0;
    for await (const piece of pieces) {
      written += piece.length;
      if (written > size) break;
      await this.#file.writeFile(piece);
    }
    if (written !== size) throw new Error(`${name} changed while it was copied: it is no longer ${size} bytes long`);
    await this.#file.writeFile(Buffer.alloc(padded(size) - size));
  }

  /** Two empty blocks. */
  async end(): Promise<void> {
    await this.#file.writeFile(Buffer.alloc(2 * blockBytes));
  }

  async #header(name: string, size: number): Promise<void> {
    const header = encodeHeader({ name, size, type: '0' });
    if (header) return this.#file.writeFile(header);
    const pax = paxPath(name);
    await this.#file.writeFile(encodeHeader({ name: 'pax', size: pax.length, type: 'x' })!);
    await this.#file.writeFile(Buffer.concat([pax, Buffer.alloc(padded(pax.length) - pax.length)]));
    await this.#file.writeFile(encodeHeader({ name: 'long', size, type: '0' })!);
  }
}
