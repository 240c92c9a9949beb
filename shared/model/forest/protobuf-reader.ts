/** Wire types of the protobuf encoding; groups (3 and 4) are not used by ONNX and refused. */
const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const maxVarintBytes = 10;

/** Fields and list elements that may still be read: a bound on time and memory, whatever a file holds. */
interface Budget {
  left: number;
}

/** More than those of a forest of two million nodes. */
const maxElements = 25_000_000;

/**
 * A strict reader of one protobuf message inside a file; every position is checked against the message's end. `next`
 * goes to the next field, and the other methods read the value of that one.
 */
export class ProtobufReader {
  readonly #file: Buffer;
  readonly #end: number;
  readonly #budget: Budget;
  #at: number;
  /** Of the current field. */
  number = 0;
  #type = 0;
  #start = 0;

  constructor(file: Uint8Array, start = 0, end = file.length, budget: Budget = { left: maxElements }) {
    this.#budget = budget;
    this.#file = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
    this.#at = start;
    this.#end = end;
  }

  /** False behind the last field. */
  next(): boolean {
    if (this.#at === this.#end) return false;
    this.#spend();
    const tag = this.#varint();
    this.number = Math.floor(tag / 8);
    this.#type = tag % 8;
    if (this.number < 1 || this.number > 0x1fffffff)
      throw new Error(`there is no protobuf field ${this.number} (byte ${this.#at})`);
    this.#start = this.#at;
    this.#skipValue();
    return true;
  }

  #skipValue(): void {
    if (this.#type === wire.varint) this.#varint();
    else if (this.#type === wire.fixed32) this.#skip(4);
    else if (this.#type === wire.fixed64) this.#skip(8);
    else if (this.#type === wire.bytes) {
      const size = this.#varint();
      this.#start = this.#at;
      this.#skip(size);
    } else throw new Error(`there is no protobuf wire type ${this.#type} (byte ${this.#at})`);
  }

  /** The message inside the field. */
  message(): ProtobufReader {
    this.#expect(wire.bytes);
    return new ProtobufReader(this.#file, this.#start, this.#at, this.#budget);
  }

  integer(): number {
    this.#expect(wire.varint);
    this.#at = this.#start;
    return this.#varint();
  }

  float(): number {
    this.#expect(wire.fixed32);
    return this.#file.readFloatLE(this.#start);
  }

  text(): string {
    this.#expect(wire.bytes);
    return this.#file.toString('utf8', this.#start, this.#at);
  }

  /** Appends one occurrence of a repeated integer: a single one, or packed ones. */
  pushIntegers(into: number[]): void {
    if (this.#type === wire.varint) {
      into.push(this.integer());
      return;
    }
    const packed = this.message();
    while (packed.#at < packed.#end) {
      this.#spend();
      into.push(packed.#varint());
    }
  }

  /** Appends one occurrence of a repeated float of 4 or 8 bytes: a single one, or packed ones. */
  pushFloats(into: number[], size: 4 | 8 = 4): void {
    if (this.#type === (size === 4 ? wire.fixed32 : wire.fixed64)) {
      into.push(this.#element(this.#start, size));
      return;
    }
    this.message().pushElements(into, size);
  }

  /** Appends all of this message as little-endian numbers: floats of 4 or 8 bytes, or single bytes. */
  pushElements(into: number[], size: 1 | 4 | 8): void {
    if ((this.#end - this.#at) % size) throw new Error(`packed numbers of ${this.#end - this.#at} bytes`);
    for (; this.#at < this.#end; this.#at += size) {
      this.#spend();
      into.push(this.#element(this.#at, size));
    }
  }

  #element(at: number, size: 1 | 4 | 8): number {
    if (size === 1) return this.#file[at];
    return size === 4 ? this.#file.readFloatLE(at) : this.#file.readDoubleLE(at);
  }

  #spend(): void {
    if (this.#budget.left-- === 0)
      throw new Error(`the file has more than ${maxElements} numbers and names; larger models are not served`);
  }

  #expect(type: number): void {
    if (this.#type !== type)
      throw new Error(`field ${this.number} at byte ${this.#start} has wire type ${this.#type}, not ${type}`);
  }

  #skip(size: number): void {
    if (size < 0 || size > this.#end - this.#at)
      throw new Error(`${size} bytes are announced at byte ${this.#at}, and ${this.#end - this.#at} are left`);
    this.#at += size;
  }

  /** A signed integer of 64 bits; one that a number cannot hold exactly is refused. */
  #varint(): number {
    let low = 0;
    let high = 0;
    for (let i = 0; i < maxVarintBytes; i++) {
      if (this.#at >= this.#end) throw new Error(`the file ends inside a number at byte ${this.#at}`);
      const byte = this.#file[this.#at++];
      if (i < 4) low |= (byte & 0x7f) << (7 * i);
      else if (i === 4) {
        low |= (byte & 0x0f) << 28;
        high = (byte & 0x7f) >> 4;
      } else high |= (byte & 0x7f) << (7 * i - 32);
      if (byte < 0x80) return i < 4 ? low : this.#exact((low >>> 0) + (high | 0) * 2 ** 32);
    }
    throw new Error(`a number of more than ${maxVarintBytes} bytes at byte ${this.#at}`);
  }

  #exact(value: number): number {
    if (Number.isSafeInteger(value)) return value;
    throw new Error(`a number beyond 2^53 at byte ${this.#at}`);
  }
}
