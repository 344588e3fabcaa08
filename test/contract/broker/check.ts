import type { Broker } from '../../../src/broker/index.js';

/** Every broker under contract is made with these, small enough for a check to reach them. */
export const CONTRACT_OPTIONS = { maxAttempts: 3, eventLimit: 4 } as const;

export interface Check {
  readonly name: string;
  /** Rejects when the broker breaks the contract. A call that should answer and does not fails after `patienceMs`. */
  check(broker: Broker, patienceMs: number): Promise<void>;
}
