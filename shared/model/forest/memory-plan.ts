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

  fill(memory: Uint8Array): void {
    for (const { address, bytes } of this.#contents) memory.set(bytes, address);
  }
}
