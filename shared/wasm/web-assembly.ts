/** A compiled module. */
export type CompiledModule = object;

/** What is used here of WebAssembly, which the types of Node do not declare. */
interface WebAssemblyApi {
  Module: new (bytes: Uint8Array<ArrayBuffer>) => CompiledModule;
  Memory: new (pages: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  Instance: new (module: CompiledModule, imports: object) => { readonly exports: object };
  compile(bytes: Uint8Array<ArrayBuffer>): Promise<CompiledModule>;
}

export const { Module, Memory, Instance, compile } = (globalThis as unknown as { WebAssembly: WebAssemblyApi })
  .WebAssembly;
