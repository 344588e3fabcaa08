import type { F32, Kernels } from '../kernels/index.js';
import {
  episodeSumCount,
  HEADER,
  HEADER_BYTES,
  levelsOf,
  stateSizeOf,
  TRAJECTORY_MAGIC,
  TRAJECTORY_VERSION,
  type TrajectoryLayout,
} from './layout.js';

/** The arrays of one step, or of the whole batch, of one agent. Lengths as in `AgentOffsets`. */
export interface AgentRows {
  readonly observation: F32;
  readonly action: F32;
  readonly behaviorLogProb: F32;
  readonly reward: F32;
  readonly actionMask: Uint8Array;
}

/** Views of row t: what acting and the environment read and write, in place. */
export interface StepRows {
  readonly agents: readonly AgentRows[];
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  readonly globalState: F32;
}

/** Whole tensors of a batch: per agent f32[T + 1, B, F], f32[T, B, H], u8[T + 1, B, M]; f32[T + 1, B, G]. */
export interface TrajectoryOutputs {
  readonly observation: readonly F32[];
  readonly reward: readonly F32[];
  readonly actionMask: readonly Uint8Array[];
  readonly globalState: F32;
}

/** Builds trajectory batches in kernel memory, so that networks read observations where the environment wrote them.
 *  One writer serves batch after batch; all views are made once. */
export class TrajectoryWriter {
  readonly layout: TrajectoryLayout;
  /** rows[t] for t = 0 … T; of rows[T] only observation, mask and global state exist (the others are empty). */
  readonly rows: readonly StepRows[];
  /** Per agent f32[B, S]: what its policy remembered before the first step. */
  readonly states: readonly F32[];
  /** Sums over the episodes that ended in this batch; see `episodeSumCount`. */
  readonly episodes: Float64Array;
  /** What the environment wrote, all steps together. */
  readonly outputs: TrajectoryOutputs;
  private readonly kernels: Kernels;
  private readonly block: F32;
  private readonly header: Int32Array;
  private readonly none: { readonly floats: F32; readonly bytes: Uint8Array };
  private finalCount = 0;
  private finalRows = new Int32Array(64);
  private readonly finalObservations: Float32Array[];
  private finalGlobalStates: Float32Array;

  constructor(kernels: Kernels, layout: TrajectoryLayout) {
    this.kernels = kernels;
    this.layout = layout;
    const { shape } = layout;
    this.block = kernels.f32(layout.denseBytes / 4);
    this.header = new Int32Array(this.block.buffer, this.block.byteOffset, HEADER_BYTES / 4);
    this.none = {
      floats: kernels.view(this.block, 0, 0),
      bytes: new Uint8Array(this.block.buffer, this.block.byteOffset, 0),
    };
    this.episodes = new Float64Array(
      this.block.buffer,
      this.block.byteOffset + layout.episodes,
      episodeSumCount(shape),
    );
    this.rows = Array.from({ length: shape.horizon + 1 }, (_, t) => this.rowsOf(t));
    this.states = shape.agents.map((agent, i) =>
      kernels.view(this.block, layout.agents[i]!.state / 4, shape.instances * stateSizeOf(agent)),
    );
    const whole = this.layout.agents.map((_, i) => this.wholeOf(i));
    this.outputs = {
      observation: whole.map((agent) => agent.observation),
      reward: whole.map((agent) => agent.reward),
      actionMask: whole.map((agent) => agent.actionMask),
      globalState: kernels.view(
        this.block,
        layout.globalState / 4,
        (shape.horizon + 1) * shape.instances * shape.globalStateSize,
      ),
    };
    this.finalObservations = shape.agents.map((agent) => new Float32Array(64 * agent.observationSize));
    this.finalGlobalStates = new Float32Array(64 * shape.globalStateSize);
  }

  /** Starts a new batch of zeros: what an environment fails to write is then the same whatever was collected before. */
  begin(shard: number, k: number, policyVersion: number): void {
    const { shape } = this.layout;
    this.kernels.fill(this.block, 0, this.block.length);
    this.header[HEADER.magic] = TRAJECTORY_MAGIC;
    this.header[HEADER.version] = TRAJECTORY_VERSION;
    this.header[HEADER.horizon] = shape.horizon;
    this.header[HEADER.instances] = shape.instances;
    this.header[HEADER.agents] = shape.agents.length;
    this.header[HEADER.shard] = shard;
    this.header[HEADER.k] = k;
    this.header[HEADER.policyVersion] = policyVersion;
    this.finalCount = 0;
  }

  /** Keeps the final observations of the instances that ended in step t, from rows[t + 1], before they are reset. False where
   *  one of their numbers is not finite: `outputs` will not show it, since the reset overwrites it. */
  keepFinals(t: number, ended: Int32Array, count: number): boolean {
    const { instances, agents, globalStateSize: G } = this.layout.shape;
    this.reserveFinals(this.finalCount + count);
    const next = this.rows[t + 1]!;
    // x − x is 0, or NaN where x is not finite.
    let sum = 0;
    for (let e = 0; e < count; e++) {
      const b = ended[e]!;
      const n = this.finalCount++;
      this.finalRows[n] = t * instances + b;
      for (let i = 0; i < agents.length; i++) {
        const size = agents[i]!.observationSize;
        sum += copyRow(next.agents[i]!.observation, b * size, this.finalObservations[i]!, n * size, size);
      }
      sum += copyRow(next.globalState, b * G, this.finalGlobalStates, n * G, G);
    }
    return sum === 0;
  }

  /** The finished batch as bytes of their own: the one copy on the way to the learner. Takes `target` if it is large enough. */
  finish(target?: SharedArrayBuffer): Uint8Array {
    const { layout, finalCount: n } = this;
    const bytes = layout.totalBytes(n);
    this.header[HEADER.finals] = n;
    const buffer = target !== undefined && target.byteLength >= bytes ? target : new SharedArrayBuffer(bytes);
    const result = new Uint8Array(buffer, 0, bytes);
    result.set(new Uint8Array(this.block.buffer, this.block.byteOffset, layout.denseBytes));
    if (n > 0) {
      // Zeros between the finals, so that the bytes are a function of the batch whatever the target held before.
      result.fill(0, layout.denseBytes);
      const offsets = layout.finalOffsets(n);
      new Int32Array(buffer, offsets.rows, n).set(this.finalRows.subarray(0, n));
      layout.shape.agents.forEach((agent, i) => {
        const length = n * agent.observationSize;
        new Float32Array(buffer, offsets.observation[i], length).set(this.finalObservations[i]!.subarray(0, length));
      });
      const length = n * layout.shape.globalStateSize;
      new Float32Array(buffer, offsets.globalState, length).set(this.finalGlobalStates.subarray(0, length));
    }
    return result;
  }

  dispose(): void {
    this.kernels.free(this.block);
  }

  private rowsOf(t: number): StepRows {
    const { layout, kernels, block } = this;
    const { horizon: T, instances: B, rewardHeads: H, globalStateSize: G } = layout.shape;
    const acted = t < T ? 1 : 0;
    const { none } = this;
    // Of many agents, views take more memory than what they show: those that show nothing are one.
    const floats = (offset: number, width: number, present = 1): F32 => {
      const length = present * B * width;
      return length === 0 ? none.floats : kernels.view(block, offset / 4 + t * length, length);
    };
    const bytes = (offset: number, width: number, present = 1): Uint8Array => {
      const length = present * B * width;
      return length === 0 ? none.bytes : new Uint8Array(block.buffer, block.byteOffset + offset + t * length, length);
    };
    return {
      terminated: bytes(layout.terminated, 1, acted),
      truncated: bytes(layout.truncated, 1, acted),
      globalState: floats(layout.globalState, G),
      agents: layout.shape.agents.map((agent, i) => {
        const at = layout.agents[i]!;
        return {
          observation: floats(at.observation, agent.observationSize),
          action: floats(at.action, agent.actionSize, acted),
          behaviorLogProb: floats(at.behaviorLogProb, levelsOf(agent), acted),
          reward: floats(at.reward, H, acted),
          actionMask: bytes(at.actionMask, agent.maskSize),
        };
      }),
    };
  }

  private wholeOf(agent: number): Pick<AgentRows, 'observation' | 'reward' | 'actionMask'> {
    const { layout, kernels, block } = this;
    const { horizon: T, instances: B, rewardHeads: H, agents } = layout.shape;
    const { observationSize, maskSize } = agents[agent]!;
    const at = layout.agents[agent]!;
    return {
      observation: kernels.view(block, at.observation / 4, (T + 1) * B * observationSize),
      reward: kernels.view(block, at.reward / 4, T * B * H),
      actionMask: new Uint8Array(block.buffer, block.byteOffset + at.actionMask, (T + 1) * B * maskSize),
    };
  }

  private reserveFinals(count: number): void {
    if (count <= this.finalRows.length) return;
    const capacity = Math.max(count, 2 * this.finalRows.length);
    const grow = (old: Float32Array, width: number): Float32Array => {
      const larger = new Float32Array(capacity * width);
      larger.set(old);
      return larger;
    };
    const rows = new Int32Array(capacity);
    rows.set(this.finalRows);
    this.finalRows = rows;
    this.layout.shape.agents.forEach((agent, i) => {
      this.finalObservations[i] = grow(this.finalObservations[i]!, agent.observationSize);
    });
    this.finalGlobalStates = grow(this.finalGlobalStates, this.layout.shape.globalStateSize);
  }
}

/** Copies a row; 0, or NaN where one of its numbers is not finite. */
function copyRow(from: Float32Array, fromOffset: number, to: Float32Array, toOffset: number, length: number): number {
  let sum = 0;
  for (let j = 0; j < length; j++) {
    const value = from[fromOffset + j]!;
    to[toOffset + j] = value;
    sum += value - value;
  }
  return sum;
}
