import { describe, expect, it } from 'vitest';
import { JOB_STATES } from '../../../src/broker/index.js';
import { assertTransition, isFinal, JOB_ID_PATTERN, JOB_TRANSITIONS, mintJobId } from '../../../src/jobs/index.js';

describe('the states of a job', () => {
  it('can all be reached from the queue, and all lead to an end', () => {
    const reached = new Set<string>(['queued']);
    for (const from of reached) for (const to of JOB_TRANSITIONS[from as keyof typeof JOB_TRANSITIONS]) reached.add(to);
    expect([...reached].sort()).toEqual([...JOB_STATES].sort());
    expect(JOB_STATES.filter(isFinal)).toEqual(['succeeded', 'failed', 'cancelled']);
  });

  it('follow each other where allowed', () => {
    expect(() => assertTransition('j', 'queued', 'running')).not.toThrow();
    expect(() => assertTransition('j', 'running', 'running')).toThrow(
      'job j is running and cannot become running; it can become queued, paused, succeeded, failed, cancelled',
    );
    expect(() => assertTransition('j', 'failed', 'running')).toThrow(
      expect.objectContaining({
        code: 'JOB_STATE_INVALID',
        message: 'job j is failed and cannot become running; it has ended',
      }),
    );
  });
});

describe('a job id', () => {
  const idAt = (now: number, byte: number) =>
    mintJobId((bytes) => bytes.fill(byte), { now: () => now, monotonic: () => 0 });

  it('is valid, and sorts by time whatever its random part is', () => {
    const times = [0, 31, 32, 1_000_000, 1_763_812_800_000, 1_763_812_800_001, 32 ** 9 - 1];
    const ids = times.map((time, i) => idAt(time, i % 2 === 0 ? 255 : 0));
    expect(ids.every((id) => JOB_ID_PATTERN.test(id))).toBe(true);
    expect([...ids].sort()).toEqual(ids);
    expect(idAt(5, 1)).not.toBe(idAt(5, 2));
  });
});
