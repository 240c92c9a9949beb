import { ByteSink } from '#shared/model/forest/byte-sink.ts';
import { Instance, Memory, Module, type CompiledModule } from './web-assembly.ts';
import { valueTypes, type SimdCode } from './simd-code.ts';

const maxPages = 65536;
const sections = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;

/** A WebAssembly module of functions that take i32s and answer by writing into the memory that it imports. */
export class SimdModule {
  readonly #functions: SimdCode[] = [];
  readonly #exports: { name: string; index: number }[] = [];

  /** @returns the index by which other functions call this one */
  add(code: SimdCode, exportedAs?: string): number {
    const index = this.#functions.push(code) - 1;
    if (exportedAs) this.#exports.push({ name: exportedAs, index });
    return index;
  }

  /** Compiles it; what it makes takes memories of at least so many bytes. */
  compile(bytes: number): CompiledModule {
    return new Module(this.#encode(pagesOf(bytes)));
  }

  #encode(pages: number): Uint8Array<ArrayBuffer> {
    const out = new ByteSink();
    out.append([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    const arities = [...new Set(this.#functions.map(({ parameters }) => parameters))];
    section(out, 'type', arities, (sink, arity) => {
      sink.append([0x60, arity, ...Array<number>(arity).fill(valueTypes.i32), 0]);
    });
    section(out, 'import', [pages], (sink, minimum) => {
      name(sink, 'host');
      name(sink, 'memory');
      sink.append([2, 1]);
      sink.unsigned(minimum);
      sink.unsigned(maxPages);
    });
    section(out, 'function', this.#functions, (sink, code) => sink.unsigned(arities.indexOf(code.parameters)));
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

export interface SimdInstance {
  memory: ArrayBuffer;
  exports: Record<string, (...values: number[]) => void>;
}

/** An instance of a module with a memory of so many bytes of its own. */
export function instantiate(module: CompiledModule, bytes: number): SimdInstance {
  const pages = pagesOf(bytes);
  if (pages > maxPages) throw new Error(`${bytes} bytes are more than a WebAssembly memory holds`);
  const memory = new Memory({ initial: pages, maximum: pages });
  const instance = new Instance(module, { host: { memory } });
  return { memory: memory.buffer, exports: instance.exports as SimdInstance['exports'] };
}

const pagesOf = (bytes: number): number => Math.ceil(bytes / 65536);

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
