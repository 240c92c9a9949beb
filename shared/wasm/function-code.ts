import { ByteSink } from './byte-sink.ts';
import {
  laneMemoryOpcodes,
  scalarMemoryOpcodes,
  scalarOpcodes,
  vectorMemoryOpcodes,
  vectorOpcodes,
  type Instruction,
  type LaneMemoryInstruction,
  type MemoryInstruction,
} from './opcodes.ts';

export const valueTypes = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
export type ValueType = keyof typeof valueTypes;

/** A local variable of a function: its index and type. */
export interface Local {
  index: number;
  type: ValueType;
}

const isVector = (name: Instruction): name is keyof typeof vectorOpcodes => name in vectorOpcodes;
const isVectorMemory = (name: MemoryInstruction): name is keyof typeof vectorMemoryOpcodes =>
  name in vectorMemoryOpcodes;

/** The body of one WebAssembly function, written instruction by instruction; every method appends. */
export class FunctionCode {
  readonly parameters: readonly ValueType[];
  readonly #locals: ValueType[] = [];
  readonly #code = new ByteSink();

  constructor(parameters: readonly ValueType[] = []) {
    this.parameters = parameters;
  }

  parameter(index: number): Local {
    return { index, type: this.parameters[index] };
  }

  local(type: ValueType): Local {
    return { index: this.parameters.length + this.#locals.push(type) - 1, type };
  }

  get({ index }: Local): this {
    return this.#indexed(0x20, index);
  }

  set({ index }: Local): this {
    return this.#indexed(0x21, index);
  }

  tee({ index }: Local): this {
    return this.#indexed(0x22, index);
  }

  call(functionIndex: number): this {
    return this.#indexed(0x10, functionIndex);
  }

  do(...instructions: Instruction[]): this {
    for (const name of instructions)
      if (isVector(name)) this.#vectorOpcode(vectorOpcodes[name]);
      else this.#code.byte(scalarOpcodes[name]);
    return this;
  }

  /** A load or store at the address on the stack plus `offset` bytes. */
  at(name: MemoryInstruction, offset = 0): this {
    if (isVectorMemory(name)) {
      this.#vectorOpcode(vectorMemoryOpcodes[name][0]);
      return this.#place(vectorMemoryOpcodes[name][1], offset);
    }
    this.#code.byte(scalarMemoryOpcodes[name][0]);
    return this.#place(scalarMemoryOpcodes[name][1], offset);
  }

  /** Reads or writes a 32-bit lane of the vector on the stack, at the address below it plus `offset` bytes. */
  laneAt(name: LaneMemoryInstruction, lane: number, offset = 0): this {
    const [opcode, alignment] = laneMemoryOpcodes[name];
    this.#vectorOpcode(opcode);
    this.#place(alignment, offset);
    this.#code.byte(lane);
    return this;
  }

  i32(value: number): this {
    this.#code.byte(0x41);
    this.#code.signed(value);
    return this;
  }

  /** A whole number of 32 bits as i64. */
  i64(value: number): this {
    this.#code.byte(0x42);
    this.#code.signed(value);
    return this;
  }

  f32(value: number): this {
    this.#code.byte(0x43);
    this.#code.append(new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  f64(value: number): this {
    this.#code.byte(0x44);
    this.#code.append(new Uint8Array(Float64Array.of(value).buffer));
    return this;
  }

  /** A vector whose 16 bytes are all `value`. */
  v128(value: number): this {
    this.#vectorOpcode(0x0c);
    this.#code.append(new Uint8Array(16).fill(value));
    return this;
  }

  /** A 32-bit lane of the vector on the stack, as i32. */
  extractLane(lane: number): this {
    this.#vectorOpcode(0x1b);
    this.#code.byte(lane);
    return this;
  }

  /** Picks bytes of two vectors: 0-15 of the first, 16-31 of the second. */
  shuffleBytes(bytes: readonly number[]): this {
    this.#vectorOpcode(0x0d);
    this.#code.append(bytes);
    return this;
  }

  /** Picks 32-bit lanes of two vectors: 0-3 of the first, 4-7 of the second. */
  shuffleLanes(lanes: readonly number[]): this {
    return this.shuffleBytes(lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte)));
  }

  /** Runs `body` where the i32 on the stack is not 0. */
  if(body: () => void): this {
    this.#code.append([0x04, 0x40]);
    body();
    return this.do('end');
  }

  /** Runs `body`, and again as long as the i32 that it leaves on the stack is not 0. */
  repeat(body: () => void): this {
    this.#code.append([0x03, 0x40]);
    body();
    return this.#indexed(0x0d, 0).do('end');
  }

  /** Repeats `body` at least once, counting `counter` up by `step` from 0 while it is below `end`. */
  count(counter: Local, end: Local | number, step: number, body: () => void): this {
    return this.i32(0)
      .set(counter)
      .repeat(() => {
        body();
        this.get(counter).i32(step).do('i32.add').tee(counter);
        if (typeof end === 'number') this.i32(end);
        else this.get(end);
        this.do('i32.lt_u');
      });
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

  #indexed(opcode: number, index: number): this {
    this.#code.byte(opcode);
    this.#code.unsigned(index);
    return this;
  }

  #place(alignment: number, offset: number): this {
    this.#code.unsigned(alignment);
    this.#code.unsigned(offset);
    return this;
  }

  #vectorOpcode(opcode: number): void {
    this.#code.byte(0xfd);
    this.#code.unsigned(opcode);
  }
}
