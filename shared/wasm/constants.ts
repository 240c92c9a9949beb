import { load, type Value } from './simd-code.ts';

/** Constant vectors of a module, read from memory: cheaper than building them from immediates at each use. */
export class Constants {
  readonly #address: number;
  readonly #room: number;
  readonly #vectors: Uint8Array[] = [];

  /** @param room for so many vectors of 16 bytes, from `address` on */
  constructor(address: number, room: number) {
    this.#address = address;
    this.#room = room;
  }

  /** Four times the same float32. */
  f32(value: number): Value {
    return this.#vector(new Float32Array(4).fill(value));
  }

  /** Twice the same float64. */
  f64(value: number): Value {
    return this.#vector(new Float64Array(2).fill(value));
  }

  /** Four times the same 32-bit number. */
  i32(value: number): Value {
    return this.#vector(new Int32Array(4).fill(value));
  }

  /** Eight times the same 16-bit number. */
  i16(value: number): Value {
    return this.#vector(new Int16Array(8).fill(value));
  }

  /** Twice the same 64 bits. */
  i64(value: bigint): Value {
    return this.#vector(new BigInt64Array(2).fill(value));
  }

  bytes(values: readonly number[]): Value {
    return this.#vector(Uint8Array.from(values));
  }

  #vector(array: ArrayBufferView): Value {
    const bytes = new Uint8Array(array.buffer);
    const same = this.#vectors.findIndex((each) => each.every((byte, i) => byte === bytes[i]));
    const index = same >= 0 ? same : this.#vectors.push(bytes) - 1;
    if (index >= this.#room) throw new Error(`more than ${this.#room} constants`);
    return load(this.#address + 16 * index);
  }

  fill(memory: Uint8Array): void {
    this.#vectors.forEach((bytes, i) => memory.set(bytes, this.#address + 16 * i));
  }
}
