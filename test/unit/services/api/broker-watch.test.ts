import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { BrokerWatch } from '../../../../services/api/broker-watch.js';
import { createMemoryBroker } from '../../../../src/broker/index.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('a server is ready while its broker answers, and says why where it does not', async () => {
  const { credentials } = createMemoryBroker();
  let answers = true;
  const get = vi.spyOn(credentials, 'get').mockImplementation(async () => {
    if (answers) return null;
    throw new Error('no Redis.');
  });
  let now = 0;
  const watch = new BrokerWatch({ broker: { credentials }, clock: { now: () => now, monotonic: () => now } });
  const pass = async (ms: number): Promise<void> => {
    now += ms;
    await vi.advanceTimersByTimeAsync(ms);
  };
  watch.start();
  for (let i = 0; i < 5; i++) await pass(2000);
  expect(watch.readiness().ready).toBe(true);
  answers = false;
  for (let i = 0; i < 3; i++) await pass(2000);
  expect(watch.readiness()).toEqual({ ready: false, reasons: ['the broker has not answered for 6 s: no Redis'] });
  expect(watch.silentMs).toBe(6000);
  answers = true;
  await pass(2000);
  expect(watch.silentMs).toBe(0);
  expect(watch.readiness().ready).toBe(true);
  watch.stop();
  const asked = get.mock.calls.length;
  await pass(10_000);
  expect(get.mock.calls.length).toBe(asked);
});
