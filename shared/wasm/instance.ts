import { Instance, Memory, type CompiledModule } from './web-assembly.ts';

const pageBytes = 65536;
const maxPages = 65536;

/** Pages of 64 KiB that hold so many bytes; more than a 32-bit memory has throws an Error. */
export function pagesOf(bytes: number): number {
  const pages = Math.ceil(bytes / pageBytes);
  if (pages <= maxPages) return pages;
  throw new Error(`${bytes} bytes are more than a WebAssembly memory holds`);
}

/** A module with a memory of its own. */
export interface WasmInstance {
  memory: ArrayBuffer;
  exports: Record<string, (...values: number[]) => void>;
}

/** Gives a module of `WasmModule` a memory of at least so many bytes, which never grows. */
export function instantiate(module: CompiledModule, bytes: number): WasmInstance {
  const pages = pagesOf(bytes);
  const memory = new Memory({ initial: pages, maximum: pages });
  const { exports } = new Instance(module, { host: { memory } });
  return { memory: memory.buffer, exports: exports as WasmInstance['exports'] };
}
