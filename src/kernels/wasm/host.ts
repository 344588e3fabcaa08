/** The part of the host's WebAssembly that is used, declared here because the types of Node 20 do not have it (those of
 *  browsers do, with all of the DOM). */
interface Host {
  readonly Memory: new (options: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: boolean;
  }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: { readonly env: { readonly memory: WasmMemory } },
  ) => { readonly exports: unknown };
}

export interface WasmMemory {
  /** After `grow` this is another object over the same bytes, longer than before. */
  readonly buffer: SharedArrayBuffer;
  /** Takes more pages of 64 KiB; throws a RangeError when there are none. */
  grow(pages: number): number;
}

declare const compiledModule: unique symbol;
export interface WasmModule {
  readonly [compiledModule]: true;
}

export const webAssembly: Host = (globalThis as unknown as { readonly WebAssembly: Host }).WebAssembly;
