import type { RandomStream } from '../../base/index.js';
import { expF64, logF64 } from '../../base/math/index.js';
import { experienceError } from '../errors.js';
import { fieldBytes, REPLAY_HEADER_BYTES, type ReplaySpec, replayBytes, replayLayout } from './spec.js';
import { SumTree } from './sum-tree.js';

/** Places in the header, f64 each. `greatest` is the greatest weight that any transition has had. */
const HEADER = { magic: 0, version: 1, capacity: 2, size: 3, next: 4, greatest: 5 } as const;
const MAGIC = 0x5250_4c59;
const VERSION = 1;

type Column = Float32Array | Uint8Array;

/** The memory of an empty replay. */
export function createReplayMemory(spec: ReplaySpec): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(replayBytes(spec));
  const header = new Float64Array(memory, 0, REPLAY_HEADER_BYTES / 8);
  header[HEADER.magic] = MAGIC;
  header[HEADER.version] = VERSION;
  header[HEADER.capacity] = spec.capacity;
  header[HEADER.greatest] = 1;
  return memory;
}

/** The last `capacity` transitions, as rows of columns in a ring. Everything that decides the next sample is in the memory; this
 *  object is only what it is seen through, so that any thread can go on where another stopped.
 *  Transitions are named by their place, 0 … size − 1. The hot calls allocate nothing that grows with the rows.
 *  Throws REPLAY_CORRUPT where the memory is not that of the spec. */
export class Replay {
  readonly spec: ReplaySpec;
  private readonly header: Float64Array;
  private readonly columns: readonly Column[];
  private readonly byName: ReadonlyMap<string, number>;
  private readonly tree: SumTree | null;
  private newWeights = new Float64Array(0);

  constructor(spec: ReplaySpec, memory: SharedArrayBuffer) {
    const layout = replayLayout(spec);
    this.spec = spec;
    this.header = new Float64Array(memory, 0, REPLAY_HEADER_BYTES / 8);
    if (memory.byteLength < layout.totalBytes) throw corrupt('memory', memory.byteLength, `${layout.totalBytes} bytes`);
    assertHeader(this.header, spec);
    this.columns = spec.fields.map(({ dtype, width }, i) => {
      const [at, length] = [layout.fields[i]!, spec.capacity * width];
      return dtype === 'f32' ? new Float32Array(memory, at, length) : new Uint8Array(memory, at, length);
    });
    this.byName = new Map(spec.fields.map(({ name }, i) => [name, i]));
    this.tree =
      layout.tree === undefined ? null : new SumTree(new Float64Array(memory, layout.tree, 2 * layout.leaves));
  }

  /** Transitions held. */
  get size(): number {
    return this.header[HEADER.size]!;
  }

  /** Appends `count` transitions, row by row: columns in the order of the fields, [count, width] each. A new transition has the greatest
   *  weight that any has had, so that each is soon drawn. */
  insert(columns: readonly Column[], count: number): void {
    const { header, spec } = this;
    const { capacity } = spec;
    // Of more rows than there is room for, the last stay, where they would lie had they come one by one.
    const skipped = Math.max(0, count - capacity);
    const next = (header[HEADER.next]! + skipped) % capacity;
    const kept = count - skipped;
    const first = Math.min(kept, capacity - next);
    this.write(columns, skipped, next, first);
    this.write(columns, skipped + first, 0, kept - first);
    header[HEADER.next] = (next + kept) % capacity;
    header[HEADER.size] = Math.min(capacity, header[HEADER.size]! + count);
  }

  /** A field's column [capacity, width], in the replay's own memory. Throws REPLAY_FIELD_UNKNOWN. */
  field(name: string): Column {
    return this.columns[this.position(name)]!;
  }

  /** target[r, ·] = the field of transition indices[r], for `count` rows. Throws REPLAY_FIELD_UNKNOWN. */
  gather(name: string, indices: Int32Array, count: number, target: Column): void {
    const position = this.position(name);
    const source = this.columns[position]!;
    const { width } = this.spec.fields[position]!;
    if (width === 1) {
      for (let r = 0; r < count; r++) target[r] = source[indices[r]!]!;
      return;
    }
    for (let r = 0, to = 0; r < count; r++) {
      const from = indices[r]! * width;
      for (let j = 0; j < width; j++) target[to++] = source[from + j]!;
    }
  }

  /** Draws `count` transitions with replacement, each as likely as any. Throws REPLAY_EMPTY. */
  sampleUniform(random: RandomStream, indices: Int32Array, count: number): void {
    const { size } = this;
    if (size === 0) throw empty();
    for (let r = 0; r < count; r++) indices[r] = random.integer(size);
  }

  /** Draws `count` transitions by weight, P(i) = w_i / Σ_j w_j, one of each `count`-th part of the sum, and writes what corrects
   *  for it: (size·P(i))^−β over the greatest of these. Source: Schaul et al. 2016, section 3.3 and appendix B.2.1.
   *  Throws REPLAY_EMPTY. */
  samplePrioritized(
    random: RandomStream,
    beta: number,
    indices: Int32Array,
    corrections: Float32Array,
    count: number,
  ): void {
    const { size } = this;
    const tree = this.weights();
    if (size === 0) throw empty();
    const { total } = tree;
    const part = total / count;
    let least = Infinity;
    for (let r = 0; r < count; r++) {
      const place = tree.find((r + random.uniformF64()) * part);
      indices[r] = place;
      const weight = tree.weight(place);
      if (weight < least) least = weight;
    }
    // The size and the sum cancel out against the greatest correction, which is that of the least weight.
    for (let r = 0; r < count; r++) {
      const weight = tree.weight(indices[r]!);
      corrections[r] = weight === least || beta === 0 ? 1 : power(weight / least, -beta);
    }
  }

  /** Gives transitions the weight priority^α; where one comes twice, the later counts.
   *  Throws REPLAY_PRIORITY_INVALID unless priorities, and weights, are positive and finite. */
  setPriorities(indices: Int32Array, priorities: Float32Array, count: number, alpha: number): void {
    const { header } = this;
    const tree = this.weights();
    if (this.newWeights.length < count) this.newWeights = new Float64Array(count);
    const { newWeights } = this;
    let greatest = header[HEADER.greatest]!;
    for (let r = 0; r < count; r++) {
      const priority = priorities[r]!;
      const weight = power(priority, alpha);
      if (!(priority > 0 && weight > 0 && weight < Infinity)) throw invalidPriority(indices[r]!, priority);
      if (weight > greatest) greatest = weight;
      newWeights[r] = weight;
    }
    tree.setAll(indices, newWeights, count);
    header[HEADER.greatest] = greatest;
  }

  /** Everything that it holds, and nothing else:  header │ rows of field 0 │ rows of field 1 │ … │ weights f64[size]. */
  pack(): Uint8Array {
    const { header, spec, columns, tree, size } = this;
    const bytes = new Uint8Array(packedBytes(spec, size));
    bytes.set(bytesOf(header));
    let offset = REPLAY_HEADER_BYTES;
    for (const [i, field] of spec.fields.entries()) {
      const length = size * fieldBytes(field);
      bytes.set(bytesOf(columns[i]!).subarray(0, length), offset);
      offset += length;
    }
    if (tree !== null) bytes.set(bytesOf(tree.weights(size)), offset);
    return bytes;
  }

  /** Becomes what was packed. Throws REPLAY_CORRUPT, and stays as it was, where the bytes are not those of such a replay. */
  unpack(packed: Uint8Array): void {
    const { header, spec, columns, tree } = this;
    if (packed.byteLength < REPLAY_HEADER_BYTES) {
      throw corrupt('length', packed.byteLength, `at least ${REPLAY_HEADER_BYTES} bytes`);
    }
    // A copy: the bytes may lie anywhere.
    const found = new Float64Array(packed.slice(0, REPLAY_HEADER_BYTES).buffer);
    assertHeader(found, spec);
    const size = found[HEADER.size]!;
    if (packed.byteLength !== packedBytes(spec, size)) {
      throw corrupt('length', packed.byteLength, `${packedBytes(spec, size)} bytes with ${size} transitions`);
    }
    let offset = REPLAY_HEADER_BYTES;
    const ends = spec.fields.map((field) => {
      offset += size * fieldBytes(field);
      return offset;
    });
    const weights = tree === null ? null : new Float64Array(packed.slice(offset).buffer);
    if (weights !== null) assertWeights(weights, found[HEADER.greatest]!);
    header.set(found);
    for (const [i, column] of columns.entries()) {
      bytesOf(column).set(packed.subarray(i === 0 ? REPLAY_HEADER_BYTES : ends[i - 1]!, ends[i]!));
    }
    if (weights !== null) tree!.load(weights);
  }

  private write(columns: readonly Column[], from: number, at: number, count: number): void {
    if (count === 0) return;
    for (const [i, { width }] of this.spec.fields.entries()) {
      this.columns[i]!.set(columns[i]!.subarray(from * width, (from + count) * width), at * width);
    }
    this.tree?.fill(at, count, this.header[HEADER.greatest]!);
  }

  private position(name: string): number {
    const position = this.byName.get(name);
    if (position !== undefined) return position;
    const names = [...this.byName.keys()].join(', ');
    throw experienceError('REPLAY_FIELD_UNKNOWN', `the replay has no field "${name}"; it has ${names}`, {
      data: { field: name },
    });
  }

  private weights(): SumTree {
    if (this.tree !== null) return this.tree;
    throw experienceError(
      'REPLAY_FIELD_UNKNOWN',
      'the replay has no priorities; its spec must say prioritized where they are used',
      { data: { field: 'priority' } },
    );
  }
}

/** xʸ for x > 0, to a few units in the last place: enough for weights, and half the time of the exact one. */
const power = (x: number, y: number): number => (y === 1 ? x : expF64(y * logF64(x)));

const bytesOf = ({ buffer, byteOffset, byteLength }: Column | Float64Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

const packedBytes = ({ fields, prioritized }: ReplaySpec, size: number): number =>
  fields.reduce((sum, field) => sum + size * fieldBytes(field), REPLAY_HEADER_BYTES) + (prioritized ? 8 * size : 0);

function assertHeader(header: Float64Array, { capacity }: ReplaySpec): void {
  const expect = (name: keyof typeof HEADER, value: number): void => {
    if (header[HEADER[name]] !== value) throw corrupt(name, header[HEADER[name]]!, String(value));
  };
  expect('magic', MAGIC);
  expect('version', VERSION);
  expect('capacity', capacity);
  const [size, next, greatest] = [header[HEADER.size]!, header[HEADER.next]!, header[HEADER.greatest]!];
  if (!(Number.isInteger(size) && size >= 0 && size <= capacity)) throw corrupt('size', size, `0 to ${capacity}`);
  const nextIsSound = size < capacity ? next === size : Number.isInteger(next) && next >= 0 && next < capacity;
  if (!nextIsSound) throw corrupt('next', next, size < capacity ? String(size) : `0 to ${capacity - 1}`);
  if (!(greatest >= 1 && greatest < Infinity)) throw corrupt('greatest', greatest, 'a finite number from 1');
}

function assertWeights(weights: Float64Array, greatest: number): void {
  const wrong = weights.findIndex((weight) => !(weight > 0 && weight <= greatest));
  if (wrong >= 0) throw corrupt(`weight ${wrong}`, weights[wrong]!, `a positive number up to ${greatest}`);
}

const corrupt = (field: string, found: number, expected: string) =>
  experienceError('REPLAY_CORRUPT', `replay: ${field} is ${found}, expected ${expected}`, { data: { field, found } });

const empty = () => experienceError('REPLAY_EMPTY', 'nothing can be drawn from a replay that holds no transitions');

const invalidPriority = (place: number, priority: number) =>
  experienceError(
    'REPLAY_PRIORITY_INVALID',
    `the priority of transition ${place} is ${priority}, but it, and the weight that follows from it, must be positive and finite`,
    { data: { place, priority: String(priority) } },
  );
