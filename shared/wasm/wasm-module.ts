import { ByteSink } from './byte-sink.ts';
import { pagesOf } from './instance.ts';
import { Module, type CompiledModule } from './web-assembly.ts';
import { valueTypes, type ValueType } from './function-code.ts';

const sections = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
const maxFunctions = 100_000;

/** What a module holds: a function without results. */
export interface WasmFunction {
  readonly parameters: readonly ValueType[];
  /** Its locals and instructions as they stand in the code section. */
  encode(): Uint8Array;
}

/** A WebAssembly module that imports one memory (`host.memory`) and exports functions without results. */
export class WasmModule {
  readonly #functions: WasmFunction[] = [];
  readonly #exports: { name: string; index: number }[] = [];

  /** @returns the index by which other functions call this one */
  add(code: WasmFunction, exportedAs?: string): number {
    const index = this.#functions.push(code) - 1;
    if (index >= maxFunctions) throw new Error(`a WebAssembly module of more than ${maxFunctions} functions`);
    if (exportedAs) this.#exports.push({ name: exportedAs, index });
    return index;
  }

  /** Compiles it on this thread; what it makes takes memories of at least so many bytes. */
  compile(bytes: number): CompiledModule {
    return new Module(this.encode(bytes));
  }

  /** @param bytes that the imported memory has at least */
  encode(bytes: number): Uint8Array<ArrayBuffer> {
    const out = new ByteSink();
    out.append([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    const types = [...new Set(this.#functions.map(signature))];
    section(out, 'type', types, (sink, type) => {
      const parameters = type === '' ? [] : type.split(' ');
      sink.append([0x60, parameters.length]);
      for (const parameter of parameters) sink.byte(valueTypes[parameter as keyof typeof valueTypes]);
      sink.byte(0);
    });
    section(out, 'import', [pagesOf(bytes)], (sink, minimum) => {
      name(sink, 'host');
      name(sink, 'memory');
      sink.append([2, 0]);
      sink.unsigned(minimum);
    });
    section(out, 'function', this.#functions, (sink, code) => sink.unsigned(types.indexOf(signature(code))));
    section(out, 'export', this.#exports, (sink, each) => {
      name(sink, each.name);
      sink.byte(0);
      sink.unsigned(each.index);
    });
    section(out, 'code', this.#functions, (sink, code) => {
      const body = code.encode();
      sink.unsigned(body.length);
      sink.append(body);
    });
    return out.bytes();
  }
}

const signature = (code: WasmFunction): string => code.parameters.join(' ');

function name(sink: ByteSink, text: string): void {
  sink.unsigned(text.length);
  sink.append(new TextEncoder().encode(text));
}

function section<T>(
  out: ByteSink,
  id: keyof typeof sections,
  items: readonly T[],
  write: (sink: ByteSink, item: T) => void,
): void {
  const body = new ByteSink();
  body.unsigned(items.length);
  for (const item of items) write(body, item);
  out.byte(sections[id]);
  out.unsigned(body.length);
  out.append(body.bytes());
}
