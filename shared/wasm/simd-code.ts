import { FunctionCode, type Local as Variable, type ValueType } from './function-code.ts';
import type { Instruction, MemoryInstruction } from './opcodes.ts';

/** Something that leaves one value on the stack. */
export type Value = (code: SimdCode) => void;

/** A local variable: its value is read by passing it as a `Value`. */
export type Local = Value & Variable;

/** An instruction applied to values. */
export const op =
  (name: Instruction, ...operands: readonly Value[]): Value =>
  (code) => {
    for (const operand of operands) operand(code);
    code.body.do(name);
  };

export const i32 =
  (value: number): Value =>
  (code) =>
    code.body.i32(value);

type LoadName = Extract<MemoryInstruction, `v128.load${string}`>;

/** 16 bytes at `address`, or at `address` past what a local holds. */
export const load =
  (address: number, base?: Value, name: LoadName = 'v128.load'): Value =>
  (code) => {
    (base ?? i32(0))(code);
    code.body.at(name, address);
  };

/** Of each bit, that of `a` where the mask has one, else that of `b`. */
export const select = (mask: Value, a: Value, b: Value): Value => op('v128.bitselect', a, b, mask);

/** Picks bytes of two vectors: 0-15 of the first, 16-31 of the second. */
export const shuffleBytes =
  (a: Value, b: Value, bytes: readonly number[]): Value =>
  (code) => {
    a(code);
    b(code);
    code.body.shuffleBytes(bytes);
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
    code.body.laneAt('v128.load32_lane', lane, address);
  };

/** A lane of 32 bits as i32. */
export const laneOf =
  (vector: Value, lane: number): Value =>
  (code) => {
    vector(code);
    code.body.extractLane(lane);
  };

/** The body of one WebAssembly function, written statement by statement of values. */
export class SimdCode {
  readonly body: FunctionCode;

  /** @param parameters how many i32 it takes */
  constructor(parameters: number) {
    this.body = new FunctionCode(Array<ValueType>(parameters).fill('i32'));
  }

  get parameters(): readonly ValueType[] {
    return this.body.parameters;
  }

  parameter = (index: number): Local => valueOf(this.body.parameter(index));

  /** A new local variable, set to a value. */
  let(value: Value, type: ValueType = 'v128'): Local {
    return this.set(valueOf(this.body.local(type)), value);
  }

  set(variable: Local, value: Value): Local {
    value(this);
    this.body.set(variable);
    return variable;
  }

  store(address: number, value: Value, base: Value = i32(0)): void {
    base(this);
    value(this);
    this.body.at('v128.store', address);
  }

  /** Writes 32 bits of a vector. */
  storeLane(address: number, vector: Value, lane: number, base: Value): void {
    base(this);
    vector(this);
    this.body.laneAt('v128.store32_lane', lane, address);
  }

  call(functionIndex: number, ...operands: readonly Value[]): void {
    for (const operand of operands) operand(this);
    this.body.call(functionIndex);
  }

  if(condition: Value, body: () => void): void {
    condition(this);
    this.body.if(body);
  }

  /** Runs `body` once and again as long as `condition` holds afterwards. */
  repeatWhile(condition: Value, body: () => void): void {
    this.body.repeat(() => {
      body();
      condition(this);
    });
  }

  encode(): Uint8Array {
    return this.body.encode();
  }
}

function valueOf(variable: Variable): Local {
  return Object.assign((code: SimdCode) => void code.body.get(variable), variable);
}
