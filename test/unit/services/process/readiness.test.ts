import { beforeEach, describe, expect, it } from 'vitest';
import { ProgressWatch } from '../../../../services/process/index.js';

describe('watching progress', () => {
  let now = 0;
  let watch: ProgressWatch;

  beforeEach(() => {
    now = 5000;
    const clock = { now: () => 0, monotonic: () => now };
    watch = new ProgressWatch({ what: 'rollout task was done', stallMs: 1000 }, { clock });
  });

  const readyAfter = (ms: number): boolean => {
    now += ms;
    return watch.readiness().ready;
  };

  it('is content as long as there is nothing to do', () => {
    expect(readyAfter(1e9)).toBe(true);
    watch.progressed();
    expect(readyAfter(1e9)).toBe(true);
  });

  it('gives work its time, then says for how long nothing was done', () => {
    watch.pending();
    expect(readyAfter(1000)).toBe(true);
    expect(readyAfter(1)).toBe(false);
    expect(watch.readiness().reasons).toEqual(['no rollout task was done for 1 s although there is work']);
    expect(watch.stillMs).toBeGreaterThanOrEqual(1000);
    watch.idle();
    expect(watch.stillMs).toBe(0);
  });

  it('counts from the first work that waits, not from the latest', () => {
    watch.pending();
    expect(readyAfter(900)).toBe(true);
    watch.pending();
    expect(readyAfter(101)).toBe(false);
  });

  it('begins anew with each progress', () => {
    watch.pending();
    expect(readyAfter(5000)).toBe(false);
    watch.progressed();
    expect(readyAfter(1000)).toBe(true);
    expect(readyAfter(1)).toBe(false);
  });

  it('forgets what was waiting when nothing is left', () => {
    watch.pending();
    watch.idle();
    expect(readyAfter(5000)).toBe(true);
    watch.pending();
    expect(readyAfter(1000)).toBe(true);
  });
});
