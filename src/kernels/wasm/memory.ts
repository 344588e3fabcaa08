import { kernelError } from '../errors.js';
import { type WasmMemory, webAssembly } from './host.js';

const PAGE_BYTES = 65_536;
/** Cache lines: arrays never share one, and vectors never straddle two. */
const ALIGNMENT = 64;
/** Addresses are 32-bit and 0 stands for "no array", so the first line is never handed out. */
const FIRST_ADDRESS = ALIGNMENT;
/** 4 GiB less one page: the most that the module declares. */
export const MAXIMUM_BYTES = 65_535 * PAGE_BYTES;

interface Block {
  address: number;
  bytes: number;
}

/** First-fit allocator over one growing WebAssembly memory. The memory is shared only so that growing it does not detach
 *  views: views of before and after a growth name the same bytes. One thread uses it. */
export class KernelMemory {
  readonly memory: WasmMemory;
  readonly #maximumBytes: number;
  /** Free blocks by ascending address; neighbors are merged. */
  readonly #free: Block[];
  readonly #taken = new Map<number, number>();
  #allocatedBytes = 0;
  /** Nothing at or above this address was ever handed out: it is zero, as the system gave it. */
  #untouched = FIRST_ADDRESS;
  #buffer: SharedArrayBuffer;

  constructor(initialBytes: number, maximumBytes: number) {
    const maximum = Math.max(1, Math.min(MAXIMUM_BYTES, maximumBytes) / PAGE_BYTES) >>> 0;
    const initial = Math.min(maximum, Math.max(1, Math.ceil(initialBytes / PAGE_BYTES)));
    this.memory = new webAssembly.Memory({ initial, maximum, shared: true });
    this.#buffer = this.memory.buffer;
    this.#maximumBytes = maximum * PAGE_BYTES;
    this.#free = [{ address: FIRST_ADDRESS, bytes: this.#buffer.byteLength - FIRST_ADDRESS }];
  }

  get buffer(): SharedArrayBuffer {
    return this.#buffer;
  }

  get memoryBytes(): number {
    return this.#buffer.byteLength;
  }

  get allocatedBytes(): number {
    return this.#allocatedBytes;
  }

  /** Address of a zeroed block. Throws KERNEL_MEMORY_EXHAUSTED. */
  allocate(bytes: number): number {
    const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    let index = this.#free.findIndex((block) => block.bytes >= size);
    if (index < 0) {
      this.#grow(size);
      index = this.#free.length - 1;
    }
    const block = this.#free[index] as Block;
    const { address } = block;
    if (block.bytes === size) {
      this.#free.splice(index, 1);
    } else {
      block.address += size;
      block.bytes -= size;
    }
    this.#taken.set(address, size);
    this.#allocatedBytes += size;
    const used = Math.min(size, this.#untouched - address);
    if (used > 0) new Uint8Array(this.#buffer, address, used).fill(0);
    this.#untouched = Math.max(this.#untouched, address + size);
    return address;
  }

  /** False when no block that is taken begins there. */
  release(address: number): boolean {
    const bytes = this.#taken.get(address);
    if (bytes === undefined) return false;
    this.#taken.delete(address);
    this.#allocatedBytes -= bytes;
    this.#insert(address, bytes);
    return true;
  }

  #insert(address: number, bytes: number): void {
    let index = this.#free.findIndex((block) => block.address > address);
    if (index < 0) index = this.#free.length;
    const before = this.#free[index - 1];
    const after = this.#free[index];
    const joinsAfter = after !== undefined && address + bytes === after.address;
    if (before !== undefined && before.address + before.bytes === address) {
      before.bytes += bytes;
      if (joinsAfter) {
        before.bytes += after.bytes;
        this.#free.splice(index, 1);
      }
    } else if (joinsAfter) {
      after.address = address;
      after.bytes += bytes;
    } else {
      this.#free.splice(index, 0, { address, bytes });
    }
  }

  /** Leaves a free block of at least `bytes` at the end. Doubles where it can, so that growing is rare. */
  #grow(bytes: number): void {
    const before = this.#buffer.byteLength;
    const last = this.#free.at(-1);
    const tail = last !== undefined && last.address + last.bytes === before ? last.bytes : 0;
    const needed = Math.ceil((bytes - tail) / PAGE_BYTES) * PAGE_BYTES;
    const doubled = Math.min(Math.max(needed, before), this.#maximumBytes - before);
    if (!(needed <= this.#maximumBytes - before && (this.#tryGrow(doubled) || this.#tryGrow(needed)))) {
      throw kernelError(
        'KERNEL_MEMORY_EXHAUSTED',
        `An array of ${bytes} bytes does not fit: ${this.#allocatedBytes} of ${this.#maximumBytes} bytes of kernel memory ` +
          'are in use. Use a smaller horizon, fewer instances per shard or a smaller network.',
        { data: { bytes, allocatedBytes: this.#allocatedBytes, maximumBytes: this.#maximumBytes } },
      );
    }
    this.#buffer = this.memory.buffer;
    this.#insert(before, this.#buffer.byteLength - before);
  }

  #tryGrow(bytes: number): boolean {
    try {
      this.memory.grow(bytes / PAGE_BYTES);
      return true;
    } catch (error) {
      // The engine says RangeError when the system has no more memory to give; anything else is not ours to hide.
      if (error instanceof RangeError) return false;
      throw error;
    }
  }
}
