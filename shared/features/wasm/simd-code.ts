import { ByteSink } from '#shared/model/forest/byte-sink.ts';
import { memoryOpcodes, scalarOpcodes, vectorOpcodes, type Opcode } from './opcodes.ts';

export const valueTypes = { i32: 0x7f, v128: 0x7b } as const;
export type ValueType = keyof typeof valueTypes;

/** Something that leaves one value on the stack. */
export type Value = (code: SimdCode) => void;

/** A local variable: its value is read by passing it as a `Value`. */
export interface Local extends Value {
  index: number;
}

/** An instruction applied to values. */
export const op =
  (name: Opcode, ...operands: readonly Value[]): Value =>
  (code) => {
    for (const operand of operands) operand(code);
    code.instruction(name);
  };

export const i32 =
  (value: number): Value =>
  (code) =>
    code.integer(value);

type LoadName = 'v128.load' | 'v128.load32_zero' | 'v128.load64_zero';

/** 16 bytes at `address`, or at `address` past what a local holds. */
export const load =
  (address: number, base?: Value, name: LoadName = 'v128.load'): Value =>
  (code) => {
    (base ?? i32(0))(code);
    code.memory(name, address);
  };

/** Of each bit, that of `a` where the mask has one, else that of `b`. */
export const select = (mask: Value, a: Value, b: Value): Value => op('v128.bitselect', a, b, mask);

/** Picks bytes of two vectors: 0-15 of the first, 16-31 of the second. */
export const shuffleBytes =
  (a: Value, b: Value, bytes: readonly number[]): Value =>
  (code) => {
    a(code);
    b(code);
    code.shuffle(bytes);
  };

/** Picks 32-bit lanes of two vectors: 0-3 of the first, 4-7 of the second. */
export const shuffleLanes = (a: Value, b: Value, lanes: readonly number[]): Value =>
  shuffleBytes(
    a,
    b,
    lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte)),
  );

/** A vector with 32 bits of a lane replaced by those at `address` past what a local holds. */
export const loadLane =
  (address: number, base: Value, vector: Value, lane: number): Value =>
  (code) => {
    base(code);
    vector(code);
    code.load32Lane(address, lane);
  };

/** A lane of 32 bits as i32. */
export const laneOf =
  (vector: Value, lane: number): Value =>
  (code) => {
    vector(code);
    code.extractLane(lane);
  };

/** The body of one WebAssembly function, written statement by statement. */
export class SimdCode {
  readonly parameters: number;
  readonly #locals: ValueType[] = [];
  readonly #code = new ByteSink();

  /** @param parameters how many i32 it takes */
  constructor(parameters: number) {
    this.parameters = parameters;
  }

  parameter = (index: number): Local => local(index);

  /** A new local variable, set to a value. */
  let(value: Value, type: ValueType = 'v128'): Local {
    const variable = local(this.parameters + this.#locals.push(type) - 1);
    return this.set(variable, value);
  }

  set(variable: Local, value: Value): Local {
    value(this);
    this.#indexed(0x21, variable.index);
    return variable;
  }

  store(address: number, value: Value, base?: Value): void {
    (base ?? i32(0))(this);
    value(this);
    this.memory('v128.store', address);
  }

  /** Writes 32 bits of a vector. */
  storeLane(address: number, vector: Value, lane: number, base: Value): void {
    base(this);
    vector(this);
    this.#vector(0x5a);
    this.#code.unsigned(2);
    this.#code.unsigned(address);
    this.#code.byte(lane);
  }

  call(functionIndex: number, ...operands: readonly Value[]): void {
    for (const operand of operands) operand(this);
    this.#indexed(0x10, functionIndex);
  }

  if(condition: Value, body: () => void): void {
    condition(this);
    this.#code.append([0x04, 0x40]);
    body();
    this.instruction('end');
  }

  /** Runs `body` once and again as long as `condition` holds afterwards. */
  repeatWhile(condition: Value, body: () => void): void {
    this.#code.append([0x03, 0x40]);
    body();
    condition(this);
    this.#indexed(0x0d, 0);
    this.instruction('end');
  }

  instruction(name: Opcode): void {
    if (name in scalarOpcodes) this.#code.byte(scalarOpcodes[name as keyof typeof scalarOpcodes]);
    else this.#vector(vectorOpcodes[name as keyof typeof vectorOpcodes]);
  }

  integer(value: number): void {
    this.#code.byte(0x41);
    this.#code.signed(value);
  }

  memory(name: keyof typeof memoryOpcodes, offset: number): void {
    const [opcode, alignment] = memoryOpcodes[name];
    this.#vector(opcode);
    this.#code.unsigned(alignment);
    this.#code.unsigned(offset);
  }

  shuffle(bytes: readonly number[]): void {
    this.#vector(0x0d);
    this.#code.append(bytes);
  }

  /** The 32 bits of a lane of the vector on the stack, as i32. */
  extractLane(lane: number): void {
    this.#vector(0x1b);
    this.#code.byte(lane);
  }

  /** Replaces 32 bits of a lane of the vector on the stack by those at the address below it plus `offset`. */
  load32Lane(offset: number, lane: number): void {
    this.#vector(0x56);
    this.#code.unsigned(2);
    this.#code.unsigned(offset);
    this.#code.byte(lane);
  }

  get(index: number): void {
    this.#indexed(0x20, index);
  }

  /** The function as it stands in the code section. */
  encode(): Uint8Array {
    const body = new ByteSink();
    body.unsigned(this.#locals.length);
    for (const type of this.#locals) body.append([1, valueTypes[type]]);
    body.append(this.#code.bytes());
    body.byte(scalarOpcodes.end);
    return body.bytes();
  }

  #indexed(opcode: number, index: number): void {
    this.#code.byte(opcode);
    this.#code.unsigned(index);
  }

  #vector(opcode: number): void {
    this.#code.byte(0xfd);
    this.#code.unsigned(opcode);
  }
}

function local(index: number): Local {
  return Object.assign((code: SimdCode) => code.get(index), { index });
}
