import { signed, unsigned } from './leb128.ts';

const valueTypes = { i32: 0x7f, i64: 0x7e, v128: 0x7b } as const;

/** The index of a local variable or parameter. */
export type Local = number;

/** Instructions without an immediate, by the names of the WebAssembly specification; 0xfd comes before those of SIMD. */
const opcodes = {
  end: [0x0b],
  select: [0x1b],
  'i32.eqz': [0x45],
  'i32.eq': [0x46],
  'i32.lt_s': [0x48],
  'i32.lt_u': [0x49],
  'i32.ge_u': [0x4f],
  'i64.lt_s': [0x53],
  'i32.add': [0x6a],
  'i32.sub': [0x6b],
  'i32.mul': [0x6c],
  'i32.div_u': [0x6e],
  'i32.rem_u': [0x70],
  'i32.and': [0x71],
  'i32.or': [0x72],
  'i32.shl': [0x74],
  'i32.shr_u': [0x76],
  'i64.and': [0x83],
  'i64.shr_u': [0x88],
  'i32.wrap_i64': [0xa7],
  'i64.extend_i32_u': [0xad],
  'i8x16.add': [0xfd, 0x6e],
  'i16x8.add': [0xfd, 0x8e, 0x01],
  'i16x8.extadd_pairwise_i8x16_u': [0xfd, 0x7d],
  'i16x8.extend_low_i8x16_u': [0xfd, 0x89, 0x01],
  'i16x8.extend_high_i8x16_u': [0xfd, 0x8a, 0x01],
  'i32x4.extadd_pairwise_i16x8_u': [0xfd, 0x7f],
  'i32x4.dot_i16x8_s': [0xfd, 0xba, 0x01],
  'i32x4.add': [0xfd, 0xae, 0x01],
} as const;
type Instruction = keyof typeof opcodes;

/** Loads and stores; they say that nothing is aligned, which is a hint only. */
const accesses = {
  'i32.load': [0x28],
  'i64.load': [0x29],
  'i32.load8_u': [0x2d],
  'i32.store': [0x36],
  'i32.store8': [0x3a],
  'i32.store16': [0x3b],
  'v128.load': [0xfd, 0x00],
  'v128.store': [0xfd, 0x0b],
} as const;
type Access = keyof typeof accesses;

/** A place that `jump` names. */
export type Label = symbol;

/**
 * The body of a WebAssembly function of i32 parameters and without a result, with jumps out of nested blocks; every
 * method appends.
 */
export class BranchingCode {
  /** How many there are. */
  readonly parameters: number;
  readonly #locals: (keyof typeof valueTypes)[] = [];
  readonly #labels: Label[] = [];
  readonly #code: number[] = [];

  constructor(parameters = 0) {
    this.parameters = parameters;
  }

  /** A new local variable. Parameters are the first locals. */
  local(type: keyof typeof valueTypes): Local {
    return this.parameters + this.#locals.push(type) - 1;
  }

  get = (local: Local): this => this.#append(0x20, ...unsigned(local));
  set = (local: Local): this => this.#append(0x21, ...unsigned(local));
  tee = (local: Local): this => this.#append(0x22, ...unsigned(local));

  i32 = (value: number): this => this.#append(0x41, ...signed(value));
  /** A whole number of 32 bits as i64. */
  i64 = (value: number): this => this.#append(0x42, ...signed(value));

  /** Eight numbers of 16 bits. */
  i16x8(values: readonly number[]): this {
    return this.#append(0xfd, 0x0c, ...values.flatMap((value) => [value & 0xff, (value >> 8) & 0xff]));
  }

  do(...names: Instruction[]): this {
    return this.#append(...names.flatMap((name) => opcodes[name]));
  }

  /** A load or store at the address on the stack plus `offset` bytes. */
  at(name: Access, offset = 0): this {
    return this.#append(...accesses[name], 0, ...unsigned(offset));
  }

  /** Picks bytes of two vectors: 0-15 of the first, 16-31 of the second. */
  shuffle(bytes: readonly number[]): this {
    return this.#append(0xfd, 0x0d, ...bytes);
  }

  /** A 32-bit lane of the vector on the stack, as i32. */
  lane(index: number): this {
    return this.#append(0xfd, 0x1b, index);
  }

  /** Code that `jump` leaves. */
  block = (body: (label: Label) => void): this => this.#nest(0x02, body);
  /** Code that `jump` starts anew; without it the loop ends. */
  loop = (body: (label: Label) => void): this => this.#nest(0x03, body);
  /** Runs `body` where the i32 on the stack is not 0. */
  if = (body: () => void): this => this.#nest(0x04, body);

  jump = (label: Label): this => this.#append(0x0c, ...unsigned(this.#depth(label)));
  /** Jumps where the i32 on the stack is not 0. */
  jumpIf = (label: Label): this => this.#append(0x0d, ...unsigned(this.#depth(label)));

  /** The function as it stands in the code section. */
  encode(): number[] {
    const locals = this.#locals.flatMap((type) => [1, valueTypes[type]]);
    const body = [...unsigned(this.#locals.length), ...locals, ...this.#code, ...opcodes.end];
    return [...unsigned(body.length), ...body];
  }

  #nest(opcode: number, body: (label: Label) => void): this {
    const label = Symbol('label');
    this.#append(opcode, 0x40);
    this.#labels.push(label);
    body(label);
    this.#labels.pop();
    return this.do('end');
  }

  #depth(label: Label): number {
    const at = this.#labels.lastIndexOf(label);
    if (at < 0) throw new Error('a jump out of a block that it is not in');
    return this.#labels.length - 1 - at;
  }

  #append(...bytes: readonly number[]): this {
    for (const byte of bytes) this.#code.push(byte);
    return this;
  }
}
