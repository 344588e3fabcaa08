import assert from 'node:assert/strict';
import type { Check } from './check.js';
import { assertBytes, assertCode, bytes, openJob } from './making.js';

export const WEIGHT_CHECKS: readonly Check[] = [
  {
    name: 'weights: a published version is there, also when published twice',
    async check(broker) {
      const epoch = await openJob(broker);
      await broker.weights.publish('job', 0, epoch, bytes(1, 2));
      await broker.weights.publish('job', 0, epoch, bytes(1, 2));
      await broker.weights.publish('job', 1, epoch, bytes(3));
      assertBytes(await broker.weights.fetch('job', 0), bytes(1, 2));
      assertBytes(await broker.weights.fetch('job', 1), bytes(3));
    },
  },
  {
    name: 'weights: a version has one content in an epoch; a later epoch may replace it',
    async check(broker) {
      const epoch = await openJob(broker);
      await broker.weights.publish('job', 3, epoch, bytes(1));
      await assertCode(broker.weights.publish('job', 3, epoch, bytes(2)), 'BROKER_WEIGHTS_CONFLICT');
      await assertCode(broker.weights.publish('job', 3, epoch, bytes(1, 1)), 'BROKER_WEIGHTS_CONFLICT');
      assertBytes(await broker.weights.fetch('job', 3), bytes(1));
      await broker.weights.publish('job', 3, await openJob(broker), bytes(2));
      assertBytes(await broker.weights.fetch('job', 3), bytes(2));
    },
  },
  {
    name: 'weights: a fenced learner cannot publish',
    async check(broker) {
      const fenced = await openJob(broker);
      const epoch = await openJob(broker);
      await assertCode(broker.weights.publish('job', 0, fenced, bytes(1)), 'BROKER_FENCED');
      await assertCode(broker.weights.fetch('job', 0), 'BROKER_WEIGHTS_UNKNOWN');
      await broker.weights.publish('job', 0, epoch, bytes(2));
      await broker.trajectories.close('job');
      await assertCode(broker.weights.publish('job', 1, epoch, bytes(1)), 'BROKER_FENCED');
    },
  },
  {
    name: 'weights: a pruned version is unknown, and may be published again',
    async check(broker) {
      const epoch = await openJob(broker);
      for (const version of [0, 1, 2]) await broker.weights.publish('job', version, epoch, bytes(version));
      await broker.weights.prune('job', 2);
      await broker.weights.prune('never-seen', 2);
      for (const version of [0, 1, 3]) await assertCode(broker.weights.fetch('job', version), 'BROKER_WEIGHTS_UNKNOWN');
      assertBytes(await broker.weights.fetch('job', 2), bytes(2));
      await broker.weights.publish('job', 1, epoch, bytes(1));
      assertBytes(await broker.weights.fetch('job', 1), bytes(1));
    },
  },
  {
    name: 'weights: a fenced learner prunes nothing',
    async check(broker) {
      const former = await openJob(broker);
      const epoch = await openJob(broker);
      await broker.weights.publish('job', 0, epoch, bytes(1));
      await broker.weights.prune('job', 1, former);
      assertBytes(await broker.weights.fetch('job', 0), bytes(1));
      await broker.weights.prune('job', 1, epoch);
      await assertCode(broker.weights.fetch('job', 0), 'BROKER_WEIGHTS_UNKNOWN');
    },
  },
  {
    name: 'weights: the newest is that of the epoch that is asked for, whatever others published and whatever was pruned',
    async check(broker) {
      const former = await openJob(broker);
      await assertCode(broker.weights.newest('job', former), 'BROKER_WEIGHTS_UNKNOWN');
      for (const version of [8, 9, 10]) await broker.weights.publish('job', version, former, bytes(version));
      assert.equal(await broker.weights.newest('job', former), 10);
      const epoch = await openJob(broker);
      await assertCode(broker.weights.newest('job', epoch), 'BROKER_WEIGHTS_UNKNOWN');
      await broker.weights.publish('job', 8, epoch, bytes(8));
      assert.equal(await broker.weights.newest('job', epoch), 8);
      await broker.weights.publish('job', 9, epoch, bytes(99));
      assert.equal(await broker.weights.newest('job', epoch), 9);
      await broker.weights.prune('job', 9, epoch);
      assert.equal(await broker.weights.newest('job', epoch), 9);
      await assertCode(broker.weights.newest('never-seen', epoch), 'BROKER_WEIGHTS_UNKNOWN');
    },
  },
  {
    name: 'weights: jobs are apart',
    async check(broker) {
      const epoch = await openJob(broker, 1, 1, 'one');
      await broker.weights.publish('one', 0, epoch, bytes(1));
      await assertCode(broker.weights.fetch('two', 0), 'BROKER_WEIGHTS_UNKNOWN');
    },
  },
];
