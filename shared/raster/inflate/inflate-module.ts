import { adlerCode } from './adler-code.ts';
import type { BranchingCode } from './branching-code.ts';
import { differencesCode } from './differences-code.ts';
import { unsigned } from './leb128.ts';
import { lanePlaces, memoryBytes } from './memory-layout.ts';
import { symbolsCode } from './symbols-code.ts';

/** What is used of WebAssembly, which the types of Node do not declare. */
interface WebAssemblyApi {
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  Memory: new (pages: { initial: number; maximum: number; shared: true }) => { readonly buffer: SharedArrayBuffer };
  Instance: new (module: object, imports: object) => { readonly exports: object };
}

const pageBytes = 65_536;

const functions = {
  matches0: () => symbolsCode(lanePlaces.slice(0, 1), false),
  matches1: () => symbolsCode(lanePlaces.slice(1), false),
  bothMatches: () => symbolsCode(lanePlaces, false),
  literals0: () => symbolsCode(lanePlaces.slice(0, 1), true),
  literals1: () => symbolsCode(lanePlaces.slice(1), true),
  bothLiterals: () => symbolsCode(lanePlaces, true),
  adler: adlerCode,
  sums8: () => differencesCode(1),
  sums16: () => differencesCode(2),
};
export type InflateFunction = keyof typeof functions;

/** The decoder's functions and the memory that they work in; it is shared, so that other threads can fill and read it. */
export interface InflateModule {
  memory: SharedArrayBuffer;
  exports: Readonly<Record<InflateFunction, (...values: number[]) => void>>;
}

/** Compiles the decoder with a memory of its own. Pages of it that are never written take no room. */
export function inflateModule(): InflateModule {
  const { Module, Memory, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;
  const pages = Math.ceil(memoryBytes / pageBytes);
  const memory = new Memory({ initial: pages, maximum: pages, shared: true });
  const codes = Object.entries(functions).map(([name, make]) => ({ name, code: make() }));
  const { exports } = new Instance(new Module(encode(codes, pages)), { host: { memory } });
  return { memory: memory.buffer, exports: exports as InflateModule['exports'] };
}

const text = (value: string) => [value.length, ...new TextEncoder().encode(value)];

function section(id: number, items: readonly (readonly number[])[]): number[] {
  const body = [...unsigned(items.length), ...items.flat()];
  return [id, ...unsigned(body.length), ...body];
}

function encode(functions: readonly { name: string; code: BranchingCode }[], pages: number): Uint8Array<ArrayBuffer> {
  const signature = ({ parameters }: BranchingCode) => [0x60, parameters, ...Array<number>(parameters).fill(0x7f), 0];
  // A memory that is shared and cannot grow.
  const memory = [...text('host'), ...text('memory'), 2, 3, ...unsigned(pages), ...unsigned(pages)];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(
      1,
      functions.map(({ code }) => signature(code)),
    ),
    ...section(2, [memory]),
    ...section(
      3,
      functions.map((_, i) => [i]),
    ),
    ...section(
      7,
      functions.map(({ name }, i) => [...text(name), 0, i]),
    ),
    ...section(
      10,
      functions.map(({ code }) => code.encode()),
    ),
  ]);
}
