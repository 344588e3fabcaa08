import assert from 'node:assert/strict';
import type { ServedPolicyRecord } from '../../../src/broker/index.js';
import type { Check } from './check.js';
import { assertCode } from './making.js';

const record = (name: string, policy = '{"a":"|1|"}\n'): ServedPolicyRecord => ({ name, policy });

export const SERVED_POLICY_CHECKS: readonly Check[] = [
  {
    name: 'served policies: are stored and listed by name',
    async check({ servedPolicies }) {
      assert.deepEqual(await servedPolicies.list(), []);
      assert.equal(await servedPolicies.get('a'), null);
      for (const name of ['b', '0.x', 'a']) await servedPolicies.compareAndSet(null, record(name));
      assert.deepEqual(
        (await servedPolicies.list()).map((stored) => stored.record),
        ['0.x', 'a', 'b'].map((name) => record(name)),
      );
      for (const name of ['', '.a', 'A', 'a/b', 'a'.repeat(65)]) {
        await assertCode(servedPolicies.compareAndSet(null, record(name)), 'BROKER_ARGUMENT_INVALID');
      }
    },
  },
  {
    name: 'served policies: compare-and-set writes only where the revision is the one that is named',
    async check({ servedPolicies }) {
      const first = await servedPolicies.compareAndSet(null, record('a', '1'));
      assert.ok(first !== null);
      assert.equal(await servedPolicies.compareAndSet(null, record('a', '2')), null);
      assert.equal(await servedPolicies.compareAndSet(first.revision + 1, record('a', '2')), null);
      assert.equal(await servedPolicies.compareAndSet(first.revision, record('b', '2')), null);
      const second = await servedPolicies.compareAndSet(first.revision, record('a', '2'));
      assert.ok(second !== null && second.revision > first.revision);
      assert.deepEqual(await servedPolicies.get('a'), second);
      assert.equal(await servedPolicies.compareAndSet(first.revision, record('a', '3')), null);
    },
  },
  {
    name: 'served policies: of writers at once, one writes',
    async check({ servedPolicies }) {
      const written = await Promise.all(
        ['1', '2', '3', '4'].map((policy) => servedPolicies.compareAndSet(null, record('a', policy))),
      );
      const [winner, ...others] = written.filter((stored) => stored !== null);
      assert.deepEqual(others, []);
      assert.deepEqual(await servedPolicies.get('a'), winner);
    },
  },
  {
    name: 'served policies: are forgotten, at a revision or at any, and none is repeated',
    async check({ servedPolicies }) {
      const first = await servedPolicies.compareAndSet(null, record('a', '1'));
      assert.ok(first !== null);
      assert.equal(await servedPolicies.remove('a', first.revision + 1), false);
      assert.equal(await servedPolicies.remove('a', first.revision), true);
      assert.equal(await servedPolicies.remove('a'), false);
      assert.equal(await servedPolicies.compareAndSet(first.revision, record('a', '2')), null);
      const second = await servedPolicies.compareAndSet(null, record('a', '1'));
      assert.ok(second !== null && second.revision > first.revision);
      assert.equal(await servedPolicies.remove('a'), true);
      assert.equal(await servedPolicies.get('a'), null);
    },
  },
];
