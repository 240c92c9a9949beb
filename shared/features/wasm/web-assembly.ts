/** A compiled module. */
export type CompiledModule = object;

/** What is used here of WebAssembly, which the types of Node do not declare. */
interface WebAssemblyApi {
  Module: new (bytes: Uint8Array<ArrayBuffer>) => CompiledModule;
  Memory: new (pages: { initial: number; maximum: number }) => { buffer: ArrayBuffer };
  Instance: new (module: CompiledModule, imports: object) => { exports: object };
}

export const { Module, Memory, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;
