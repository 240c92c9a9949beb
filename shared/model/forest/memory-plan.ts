/** Behind the last area: vectors are read whole where only a part of one is needed. */
const slack = 64;

/** Gives out addresses of a WebAssembly memory, aligned to cache lines, and remembers what lies there at the start. */
export class MemoryPlan {
  #end = 64;
  readonly #contents: { address: number; bytes: Uint8Array }[] = [];

  reserve(bytes: number): number {
    const address = this.#end;
    this.#end += Math.ceil((bytes + slack) / 64) * 64;
    return address;
  }

  place(data: Uint8Array | Float32Array | BigUint64Array): number {
    const address = this.reserve(data.byteLength);
    this.#contents.push({ address, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) });
    return address;
  }

  get bytes(): number {
    return this.#end;
  }

  /** The memory as it is at the start; threads can share it. */
  image(): Uint8Array {
    const image = new Uint8Array(new SharedArrayBuffer(this.#end));
    for (const { address, bytes } of this.#contents) image.set(bytes, address);
    return image;
  }
}
