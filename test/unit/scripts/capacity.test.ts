import { expect, it } from 'vitest';
import { trajectoryLayout } from '../../../src/experience/index.js';
import { createPieceCodecs, createTrajectoryCodec } from '../../../src/wire/index.js';
import { makeBlock } from '../../helpers/wire.js';

interface Job {
  readonly agents: number;
  readonly instances: number;
  readonly horizon: number;
  readonly shards: number;
  readonly actors?: number;
  readonly learners?: number;
}
interface Plan {
  readonly actors: number;
  readonly learners: number;
  readonly redisCores: number;
  readonly limits: readonly string[];
}
interface Model {
  bytesOf(job: object): { readonly batch: number; readonly piece: number; readonly redisOut: number };
  plan(job: object, costs: object, rate: number): Plan;
  redisShards(plans: readonly Pick<Plan, 'redisCores'>[]): number;
}
const path = '../../../bench/fleet/parts/capacity-model.mjs';
const { bytesOf, plan, redisShards } = (await import(path)) as Model;

const job: Job & object = {
  ...{ agents: 6, observationSize: 5, actionSize: 2, maskSize: 0, episodeMetrics: 1, parameters: 1000 },
  ...{ instances: 16, horizon: 32, shards: 8, actors: 2 },
};
const layout = trajectoryLayout({
  ...{ horizon: 32, instances: 16, rewardHeads: 1, globalStateSize: 0, episodeMetrics: 1 },
  agents: Array.from({ length: 6 }, () => ({ observationSize: 5, actionSize: 2, maskSize: 0 })),
});
/** What names and shapes of tensors may add: some 40 bytes each. */
const NAMES = 40 * (4 + 5 * 6);

it('its bytes are those of the messages, but for names and shapes', () => {
  const whole = createTrajectoryCodec(layout).encode(makeBlock(layout)).byteLength;
  expect(whole - bytesOf(job).batch).toBeGreaterThan(0);
  expect(whole - bytesOf(job).batch).toBeLessThan(NAMES);
  const pieces = [
    [0, 1, 2],
    [3, 4, 5],
  ].map((agents) => ({ agents: new Set(agents), allObservations: false, globalState: false }));
  const [piece] = createPieceCodecs(layout, pieces).map((codec) => codec.encode(makeBlock(layout)).byteLength);
  expect(piece! - bytesOf({ ...job, learners: 2 }).piece).toBeGreaterThan(0);
  expect(piece! - bytesOf({ ...job, learners: 2 }).piece).toBeLessThan(NAMES);
});

it('twice the rate takes twice the processes, until there are no more shards, policies or cores of Redis', () => {
  const hop = { iteration: 0, batch: 100, byte: 0.001, fetchedByte: 0, publishedByte: 0 };
  const costs = { actor: hop, redis: hop, learner: hop, collect: 1, update: 4 };
  const at = (rate: number) => plan(job, costs, rate);
  expect([at(100_000).learners, at(400_000).learners]).toEqual([1, 3]);
  expect([at(700_000).actors, at(1_400_000).actors]).toEqual([2, 3]);
  expect(at(400_000).limits).toEqual([]);
  expect(at(20_000_000).limits).toHaveLength(3);
});

it('jobs are packed whole into shards of Redis', () => {
  expect(redisShards([0.6, 0.5, 0.4, 0.5].map((redisCores) => ({ redisCores })))).toBe(2);
  expect(redisShards([0.6, 0.6, 0.6].map((redisCores) => ({ redisCores })))).toBe(3);
});
