import { open, rm, type FileHandle } from 'node:fs/promises';
import { tilesAcross, type CogLevel } from '#shared/raster/cog-spec.ts';
import type { LevelSize } from '#shared/raster/overview.ts';

/**
 * Keeps compressed tiles on disk until the file that they belong to can be laid out: of each only its place stays in
 * memory. The file has no name once it is open, so that nothing of it is left whatever happens.
 */
export class TileSpool implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #levels: { size: LevelSize; offsets: Float64Array; sizes: Uint32Array }[];
  #end = 0;

  private constructor(file: FileHandle, sizes: readonly LevelSize[]) {
    this.#file = file;
    this.#levels = sizes.map((size) => {
      const count = tilesAcross(size.width) * tilesAcross(size.height);
      return { size, offsets: new Float64Array(count), sizes: new Uint32Array(count) };
    });
  }

  /** @param sizes of the full resolution and its overviews, one band each */
  static async open(path: string, sizes: readonly LevelSize[]): Promise<TileSpool> {
    const file = await open(path, 'wx+');
    await rm(path);
    return new TileSpool(file, sizes);
  }

  /** Takes a tile of a level, 0 being the full resolution; an empty one is sparse. */
  async put(level: number, col: number, row: number, bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    const { size, offsets, sizes } = this.#levels[level];
    const index = row * tilesAcross(size.width) + col;
    const offset = this.#end;
    this.#end += bytes.length;
    [offsets[index], sizes[index]] = [offset, bytes.length];
    for (let done = 0; done < bytes.length;)
      done += (await this.#file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
  }

  /** The levels as the writer takes them; a tile that never came is sparse. */
  levels(): CogLevel[] {
    return this.#levels.map(({ size, offsets, sizes }) => ({
      ...size,
      sizes: [...sizes],
      read: async (index) => {
        const bytes = new Uint8Array(sizes[index]);
        const { bytesRead } = await this.#file.read(bytes, 0, bytes.length, offsets[index]);
        return bytes.subarray(0, bytesRead);
      },
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}
