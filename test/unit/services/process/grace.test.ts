import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withinGrace } from '../../../../services/process/index.js';

describe('work within its grace', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is waited for, and leaves no timer behind', async () => {
    let end = (): void => {};
    const work = new Promise<void>((resolve) => {
      end = resolve;
    });
    const waited = withinGrace(work, 1000);
    expect(vi.getTimerCount()).toBe(1);
    end();
    await waited;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is not waited for any longer', async () => {
    const waited = withinGrace(new Promise(() => {}), 1000);
    await vi.advanceTimersByTimeAsync(1000);
    await waited;
  });

  it('may fail, which also leaves no timer behind', async () => {
    await expect(withinGrace(Promise.reject(new Error('lost')), 1000)).rejects.toThrow('lost');
    expect(vi.getTimerCount()).toBe(0);
  });
});
