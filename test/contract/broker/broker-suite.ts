import { describe, it } from 'vitest';
import type { Broker } from '../../../src/broker/index.js';
import { ACTOR_CHECKS } from './actor-checks.js';
import { type Check, CONTRACT_OPTIONS } from './check.js';
import { CREDENTIAL_CHECKS } from './credential-checks.js';
import { EVENT_CHECKS } from './event-checks.js';
import { JOB_CHECKS } from './job-checks.js';
import { PART_CHECKS } from './part-checks.js';
import { SERVED_POLICY_CHECKS } from './served-policy-checks.js';
import { TASK_CHECKS } from './task-checks.js';
import { TRAJECTORY_CHECKS } from './trajectory-checks.js';
import { WEIGHT_CHECKS } from './weight-checks.js';

export interface BrokerUnderTest {
  readonly broker: Broker;
  /** Removes what the broker left behind; called after `broker.close()`. */
  dispose?(): Promise<void>;
}

/** Makes an empty broker. */
export type BrokerFactory = (options: typeof CONTRACT_OPTIONS) => Promise<BrokerUnderTest>;

export const BROKER_CHECKS: readonly Check[] = [
  ...TASK_CHECKS,
  ...TRAJECTORY_CHECKS,
  ...WEIGHT_CHECKS,
  ...PART_CHECKS,
  ...JOB_CHECKS,
  ...EVENT_CHECKS,
  ...ACTOR_CHECKS,
  ...CREDENTIAL_CHECKS,
  ...SERVED_POLICY_CHECKS,
];

/** What holds for every broker, whatever it is made of. */
export function brokerContract(name: string, factory: BrokerFactory, patienceMs = 5000): void {
  describe(`broker contract: ${name}`, () => {
    it.each(BROKER_CHECKS)('$name', async ({ check }) => {
      const { broker, dispose } = await factory(CONTRACT_OPTIONS);
      try {
        await check(broker, patienceMs);
      } finally {
        await broker.close();
        await dispose?.();
      }
    });
  });
}
