/** Question: what do a trajectory batch, a policy snapshot and a shard state cost on the wire, in bytes and in microseconds per
 *  agentStep, at 64 envs × 128 steps × 3 agents? Rivals, in the same run: the library's own encoding of the same message
 *  (nested writers, buffer grown as needed), decoding without putting a block together, and copying the bytes once.
 *
 *    npm run build && node bench/wire/codec.mjs [--json <file>] [--repetitions 200] [--observation 8] [--action 2] */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { crc32 } from 'node:zlib';
import { HEADER, TRAJECTORY_MAGIC, TRAJECTORY_VERSION, trajectoryLayout } from '../../dist/src/experience/index.js';
import { marlin } from '../../dist/src/wire/generated/messages.js';
import {
  createTrajectoryCodec,
  decodeHeartbeat,
  decodeShardState,
  decodeTask,
  decodeWeights,
  encodeHeartbeat,
  encodeShardState,
  encodeTask,
  encodeWeights,
} from '../../dist/src/wire/index.js';

const { values: options } = parseArgs({
  options: {
    json: { type: 'string', default: 'bench/results/wire-codec.json' },
    repetitions: { type: 'string', default: '200' },
    observation: { type: 'string', default: '8' },
    action: { type: 'string', default: '2' },
  },
});
const REPETITIONS = Number(options.repetitions);
const shape = {
  horizon: 128,
  instances: 64,
  rewardHeads: 1,
  globalStateSize: 0,
  episodeMetrics: 2,
  agents: Array.from({ length: 3 }, () => ({
    observationSize: Number(options.observation),
    actionSize: Number(options.action),
    maskSize: 0,
  })),
};
const agentSteps = shape.horizon * shape.instances * shape.agents.length;
const layout = trajectoryLayout(shape);

/** Any bytes do: nothing on the way looks at the numbers. An episode ends every 64 steps of an instance. */
function makeBlock() {
  const rows = [];
  for (let row = 63 * shape.instances; row < 64 * shape.instances; row++) rows.push(row);
  const block = new Uint8Array(new SharedArrayBuffer(layout.totalBytes(rows.length)));
  for (let j = 0, state = 1; j < block.length; j++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    block[j] = state >>> 24;
  }
  const header = new Int32Array(block.buffer, 0, 16).fill(0);
  header[HEADER.magic] = TRAJECTORY_MAGIC;
  header[HEADER.version] = TRAJECTORY_VERSION;
  header[HEADER.horizon] = shape.horizon;
  header[HEADER.instances] = shape.instances;
  header[HEADER.agents] = shape.agents.length;
  header[HEADER.finals] = rows.length;
  new Int32Array(block.buffer, layout.finalOffsets(rows.length).rows, rows.length).set(rows);
  return block;
}

/** Microseconds of one call: { min, median, max }. */
function measure(act, repetitions = REPETITIONS) {
  for (let r = 0; r < Math.min(20, repetitions); r++) act();
  const samples = Array.from({ length: repetitions }, () => {
    const start = performance.now();
    act();
    return (performance.now() - start) * 1000;
  }).sort((a, b) => a - b);
  return { min: samples[0], median: samples[samples.length >> 1], max: samples.at(-1) };
}

const block = makeBlock();
const codec = createTrajectoryCodec(layout);
const wire = codec.encode(block);
// As a socket hands it over: at any address, so that nothing in it is aligned.
const received = Buffer.from(new Uint8Array(wire.length + 1).buffer, 1);
received.set(wire);
const target = new SharedArrayBuffer(layout.totalBytes(shape.horizon * shape.instances));
const memory = new ArrayBuffer(wire.length + 512);
const message = marlin.v1.TrajectoryBatch.decode(received);
const copy = new Uint8Array(new SharedArrayBuffer(block.length));
const policies = ['seller', 'buyer', 'median'].map((policyId) => ({ policyId, parameterCount: 4738 }));
const weights = new Uint8Array(4 * 3 * 4738);
const snapshot = encodeWeights({ version: 7, policies, weights });
const state = new Uint8Array(64 * 256);
const stateWire = encodeShardState({ shard: 1, k: 2, state });
const task = { jobId: 'bench', shard: 1, k: 2, version: 1, epoch: 3 };
const taskWire = encodeTask(task);
const heartbeat = { actorId: 'a', host: 'h', pid: 1, slots: 2, tasksDone: 3, agentSteps: 4, since: 5 };
const heartbeatWire = encodeHeartbeat(heartbeat);

const CELLS = [
  ['trajectory: encode into given memory', wire.length, () => codec.encode(block, memory)],
  ['trajectory: encode into new memory', wire.length, () => codec.encode(block)],
  ['trajectory: decode into a given block', wire.length, () => codec.decode(received, target)],
  ['trajectory: decode into a new block', wire.length, () => codec.decode(received)],
  ["rival: the library's own encode", wire.length, () => marlin.v1.TrajectoryBatch.encode(message).finish()],
  ['rival: decode to views only, unchecked', wire.length, () => marlin.v1.TrajectoryBatch.decode(received)],
  ['rival: copy the bytes once', block.length, () => copy.set(block)],
  ['part: checksum', wire.length, () => crc32(received)],
  ['weights: encode', snapshot.length, () => encodeWeights({ version: 7, policies, weights })],
  ['weights: decode', snapshot.length, () => decodeWeights(snapshot, policies)],
  ['shard state: encode', stateWire.length, () => encodeShardState({ shard: 1, k: 2, state })],
  ['shard state: decode', stateWire.length, () => decodeShardState(stateWire)],
  ['task: encode', taskWire.length, () => encodeTask(task)],
  ['task: decode', taskWire.length, () => decodeTask(taskWire)],
  ['heartbeat: encode', heartbeatWire.length, () => encodeHeartbeat(heartbeat)],
  ['heartbeat: decode', heartbeatWire.length, () => decodeHeartbeat(heartbeatWire)],
];

const cells = CELLS.map(([name, bytes, act]) => ({ name, bytes, microseconds: measure(act) }));
const result = {
  question: 'bytes and microseconds per agentStep of the wire codec',
  commit: execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim(),
  node: process.version,
  cpu: cpus()[0].model,
  load: loadavg()[0],
  repetitions: REPETITIONS,
  shape,
  agentSteps,
  blockBytes: block.length,
  cells,
};

console.log(
  `${shape.instances} envs x ${shape.horizon} steps x ${shape.agents.length} agents = ${agentSteps} agentSteps; ` +
    `block ${block.length} bytes, message ${wire.length} bytes (${(wire.length / agentSteps).toFixed(2)} per agentStep); ` +
    `Node ${process.version}, load ${result.load.toFixed(1)}`,
);
console.log(
  `${'us: min, median'.padEnd(42)}${'min'.padStart(9)}${'median'.padStart(9)}   per agentStep   GB/s (median)`,
);
for (const { name, bytes, microseconds } of cells) {
  const { min, median } = microseconds;
  console.log(
    `${name.padEnd(42)}${min.toFixed(1).padStart(9)}${median.toFixed(1).padStart(9)}` +
      `${(median / agentSteps).toFixed(4).padStart(16)}${(bytes / median / 1000).toFixed(2).padStart(16)}`,
  );
}
if (options.json !== '') {
  mkdirSync(dirname(join(process.cwd(), options.json)), { recursive: true });
  writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
}
