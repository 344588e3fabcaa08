import { MarlinError } from '../base/index.js';
import {
  HEADER,
  HEADER_BYTES,
  readTrajectory,
  TRAJECTORY_MAGIC,
  TRAJECTORY_VERSION,
  type TrajectoryLayout,
  type TrajectoryPiece,
} from '../experience/index.js';
import { decodeMessage, encodeMessage } from './codec.js';
import { corrupt } from './errors.js';
import { marlin } from './generated/messages.js';
import { MAX_MESSAGE_BYTES, type MessageKind, type MessageLimits } from './message.js';
import { integer, MAX_INT32 } from './scalars.js';
import { tensorBytes } from './tensor.js';
import { trajectoryTensors } from './trajectory-tensors.js';

/** The numbers of a batch's header that travel. */
interface TrajectoryHeader {
  readonly horizon: number;
  readonly instances: number;
  readonly agents: number;
  readonly shard: number;
  readonly k: number;
  readonly policyVersion: number;
  readonly finals: number;
}

const TRAJECTORY_BATCH: MessageKind<TrajectoryHeader> = {
  name: 'TrajectoryBatch',
  generated: marlin.v1.TrajectoryBatch,
  scalars: {
    horizon: integer(3, 'horizon', 0, MAX_INT32),
    instances: integer(4, 'instances', 0, MAX_INT32),
    agents: integer(5, 'agents', 0, MAX_INT32),
    shard: integer(6, 'shard', 0, MAX_INT32),
    // The block's header has 32 bits for them.
    k: integer(7, 'k', 0, MAX_INT32),
    policyVersion: integer(8, 'policy_version', 0, MAX_INT32),
    finals: integer(9, 'finals', 0, MAX_INT32),
  },
  tensors: 10,
  maxBytes: MAX_MESSAGE_BYTES,
};
const { name: MESSAGE } = TRAJECTORY_BATCH;

/** What newer versions may add. */
const MORE_TENSORS = 64;
const MORE_BYTES = 2 ** 16;

/** Turns the trajectory batches of one job into messages and back. */
export interface TrajectoryCodec {
  /** A batch as `TrajectoryWriter` leaves it, as a message: in `target`, if that has 512 bytes more than the message needs,
   *  else in new memory, whose first use costs more than the rest of the work. Throws TRAJECTORY_CORRUPT where the bytes are
   *  no batch of the layout; WIRE_INVALID, WIRE_TOO_LARGE. */
  encode(block: Uint8Array, target?: ArrayBuffer): Uint8Array;
  /** The block of a batch, which `readTrajectory` accepts, in shared memory: `target` if it is large enough, else new. Tensors
   *  are not read in place, for in a message they are aligned to nothing, and threads need shared memory. A block is only
   *  allocated when every tensor is there with the size it should have.
   *  Throws WIRE_CORRUPT, WIRE_TOO_LARGE, WIRE_VERSION_UNKNOWN. */
  decode(wire: Uint8Array, target?: SharedArrayBuffer): Uint8Array;
}

export function createTrajectoryCodec(layout: TrajectoryLayout): TrajectoryCodec {
  return new BlockCodec(layout, new Passage());
}

/** Codecs of the pieces of a batch, each a message of its own. A piece is decoded into a block of the whole batch, of which it fills
 *  its places alone: pieces of one batch that are decoded one after the other into the same memory add up. What of the block no piece
 *  has filled is whatever the memory held before; of memory that is new, those pages take none. */
export function createPieceCodecs(
  layout: TrajectoryLayout,
  pieces: readonly TrajectoryPiece[],
): readonly TrajectoryCodec[] {
  const passage = new Passage();
  return pieces.map((piece) => new PieceCodec(layout, piece, passage));
}

/** Memory that is not shared, through which blocks pass. Between shared memory and an address that is aligned differently,
 *  as the tensors of a message are, the engine copies byte by byte, six times slower than otherwise; new memory for each
 *  batch would cost as much. */
class Passage {
  private memory = new Uint8Array(0);

  reserve(bytes: number): Uint8Array {
    if (this.memory.byteLength < bytes) this.memory = new Uint8Array(bytes);
    return this.memory.subarray(0, bytes);
  }
}

class BlockCodec implements TrajectoryCodec {
  private readonly layout: TrajectoryLayout;
  private readonly limits: MessageLimits;
  private readonly passage: Passage;

  constructor(layout: TrajectoryLayout, passage: Passage) {
    this.layout = layout;
    this.limits = trajectoryLimits(layout);
    this.passage = passage;
  }

  encode(block: Uint8Array, target?: ArrayBuffer): Uint8Array {
    const { shape } = this.layout;
    const { shard, k, policyVersion, finalRow } = readTrajectory(this.layout, block);
    const finals = finalRow.length;
    const local = this.passage.reserve(block.byteLength);
    local.set(block);
    const tensors = trajectoryTensors(this.layout, finals).map((place) => ({
      ...place,
      bytes: local.subarray(place.offset, place.offset + tensorBytes(place)),
    }));
    const { horizon, instances } = shape;
    const header = { horizon, instances, agents: shape.agents.length, shard, k, policyVersion, finals };
    return encodeMessage(TRAJECTORY_BATCH, header, tensors, target);
  }

  decode(wire: Uint8Array, target?: SharedArrayBuffer): Uint8Array {
    const { values, tensors } = decodeMessage(TRAJECTORY_BATCH, wire, this.limits);
    assertShape(this.layout, values);
    const { finals } = values;
    const parts = trajectoryTensors(this.layout, finals).map((place) => ({
      offset: place.offset,
      bytes: tensors.take(place),
    }));
    const local = this.passage.reserve(this.layout.totalBytes(finals));
    writeHeader(new Int32Array(local.buffer, local.byteOffset, HEADER_BYTES / 4), values);
    let end = HEADER_BYTES;
    for (const { offset, bytes } of parts) {
      // Zeros between the tensors, so that the block is a function of the message whatever the memory held before.
      local.fill(0, end, offset);
      local.set(bytes, offset);
      end = offset + bytes.byteLength;
    }
    local.fill(0, end);
    assertReadable(this.layout, local);
    const fits = target !== undefined && target.byteLength >= local.byteLength;
    const block = new Uint8Array(fits ? target : new SharedArrayBuffer(local.byteLength), 0, local.byteLength);
    block.set(local);
    return block;
  }
}

class PieceCodec implements TrajectoryCodec {
  private readonly layout: TrajectoryLayout;
  private readonly piece: TrajectoryPiece;
  private readonly limits: MessageLimits;
  private readonly passage: Passage;

  constructor(layout: TrajectoryLayout, piece: TrajectoryPiece, passage: Passage) {
    this.layout = layout;
    this.piece = piece;
    this.limits = trajectoryLimits(layout);
    this.passage = passage;
  }

  encode(block: Uint8Array, target?: ArrayBuffer): Uint8Array {
    const { horizon, instances, agents } = this.layout.shape;
    const { shard, k, policyVersion, finalRow } = readTrajectory(this.layout, block);
    const finals = finalRow.length;
    const local = this.passage.reserve(block.byteLength);
    const tensors = trajectoryTensors(this.layout, finals, this.piece).map((place) => {
      const end = place.offset + tensorBytes(place);
      local.set(block.subarray(place.offset, end), place.offset);
      return { ...place, bytes: local.subarray(place.offset, end) };
    });
    const header = { horizon, instances, agents: agents.length, shard, k, policyVersion, finals };
    return encodeMessage(TRAJECTORY_BATCH, header, tensors, target);
  }

  decode(wire: Uint8Array, target?: SharedArrayBuffer): Uint8Array {
    const { values, tensors } = decodeMessage(TRAJECTORY_BATCH, wire, this.limits);
    assertShape(this.layout, values);
    const parts = trajectoryTensors(this.layout, values.finals, this.piece).map((place) => ({
      offset: place.offset,
      bytes: tensors.take(place),
    }));
    const total = this.layout.totalBytes(values.finals);
    const fits = target !== undefined && target.byteLength >= total;
    const block = new Uint8Array(fits ? target : new SharedArrayBuffer(total), 0, total);
    const header = new Int32Array(HEADER_BYTES / 4);
    writeHeader(header, values);
    // Not written again where it is the same: a thread may be reading another piece's agents.
    const place = new Int32Array(block.buffer, 0, header.length);
    if (!header.every((value, i) => value === place[i])) place.set(header);
    for (const { offset, bytes } of parts) {
      const local = this.passage.reserve(bytes.byteLength);
      local.set(bytes);
      block.set(local, offset);
    }
    assertReadable(this.layout, block);
    return block;
  }
}

function assertShape({ shape }: TrajectoryLayout, values: TrajectoryHeader): void {
  const expect = (field: 'horizon' | 'instances' | 'agents', expected: number): void => {
    if (values[field] !== expected) throw corrupt(MESSAGE, field, `is ${values[field]}, and in this job ${expected}`);
  };
  expect('horizon', shape.horizon);
  expect('instances', shape.instances);
  expect('agents', shape.agents.length);
  const rows = shape.horizon * shape.instances;
  if (values.finals > rows) {
    throw corrupt(MESSAGE, 'finals', `is ${values.finals}, more than the ${rows} steps of the batch`);
  }
}

function trajectoryLimits(layout: TrajectoryLayout): MessageLimits {
  const { horizon, instances } = layout.shape;
  const places = trajectoryTensors(layout, horizon * instances);
  // Twice what this version can send: a newer one may send more, and this one skips it.
  const bytes = places.reduce((sum, place) => sum + tensorBytes(place) + 2 * place.name.length, 0);
  return { maxBytes: 2 * bytes + MORE_BYTES, maxTensors: places.length + MORE_TENSORS };
}

function writeHeader(header: Int32Array, values: TrajectoryHeader): void {
  header.fill(0);
  header[HEADER.magic] = TRAJECTORY_MAGIC;
  header[HEADER.version] = TRAJECTORY_VERSION;
  header[HEADER.horizon] = values.horizon;
  header[HEADER.instances] = values.instances;
  header[HEADER.agents] = values.agents;
  header[HEADER.shard] = values.shard;
  header[HEADER.k] = values.k;
  header[HEADER.policyVersion] = values.policyVersion;
  header[HEADER.finals] = values.finals;
}

/** What is in the tensors has rules too: the rows of ended episodes ascend. */
function assertReadable(layout: TrajectoryLayout, block: Uint8Array): void {
  try {
    readTrajectory(layout, block);
  } catch (error) {
    if (!(error instanceof MarlinError)) throw error;
    throw corrupt(MESSAGE, 'tensors["final/row"]', `is wrong (${error.message})`, error);
  }
}
