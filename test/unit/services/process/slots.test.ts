import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type SlotLoop, Slots } from '../../../../services/process/index.js';
import { MarlinError, silentLogger } from '../../../../src/base/index.js';

const refused = new MarlinError('REFUSED', 'access is refused.', false);
const passing = new MarlinError('AWAY', 'nobody answers', true);

describe('slots', () => {
  let now = 0;
  let pauses: number[] = [];
  /** Ends the pause that lasts. */
  let goOn: () => void = () => {};
  let stopping: AbortController;
  let slots: Slots;

  beforeEach(() => {
    now = 1000;
    pauses = [];
    stopping = new AbortController();
    slots = new Slots(
      { what: 'tasks', signal: stopping.signal },
      {
        clock: { now: () => 0, monotonic: () => now },
        logger: silentLogger,
        pause: (ms) => {
          pauses.push(ms);
          return new Promise((resolve) => {
            goOn = resolve;
          });
        },
      },
    );
  });

  /** A loop that fails with each of these in turn, and then waits for work until the process stops. */
  const failing = (...errors: readonly Error[]): SlotLoop => {
    const left = [...errors];
    return async () => {
      const error = left.shift();
      if (error !== undefined) throw error;
      await new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()));
    };
  };
  const paused = (times: number): Promise<void> => vi.waitFor(() => expect(pauses).toHaveLength(times));
  const begun = (loop: { readonly mock: { readonly calls: readonly unknown[] } }, times: number): Promise<void> =>
    vi.waitFor(() => expect(loop.mock.calls).toHaveLength(times));

  it('are ready while they wait for work, and end when the process stops', async () => {
    slots.start(2, failing());
    expect(slots.readiness()).toEqual({ ready: true, reasons: [] });
    stopping.abort();
    await slots.ended;
  });

  it('begin again after a pause when they fail, not ready until they have lasted longer than the one that failed', async () => {
    const loop = vi.fn(failing(refused));
    slots.start(1, loop);
    await paused(1);
    now += 60_000;
    expect(slots.readiness()).toEqual({ ready: false, reasons: ['no tasks can be taken: access is refused'] });
    goOn();
    await begun(loop, 2);
    await vi.waitFor(() => {
      now += 1;
      expect(slots.readiness().ready).toBe(false);
    });
    await vi.waitFor(() => {
      now += 5000;
      expect(slots.readiness().ready).toBe(true);
    });
    stopping.abort();
    await slots.ended;
  });

  it('believe no second attempt that waits as the first did before it failed', async () => {
    const loop = vi.fn(failing());
    loop.mockImplementationOnce(async () => {
      now += 600_000;
      throw passing;
    });
    slots.start(1, loop);
    await paused(1);
    goOn();
    await begun(loop, 2);
    now += 600_000;
    expect(slots.readiness().ready).toBe(false);
    now += 5001;
    expect(slots.readiness().ready).toBe(true);
  });

  it('are ready again at once when they take something', async () => {
    let take: () => void = () => {};
    const loop = vi.fn<SlotLoop>(async (taken) => {
      take = taken;
      await failing()(taken);
    });
    loop.mockRejectedValueOnce(refused);
    slots.start(1, loop);
    await paused(1);
    goOn();
    await begun(loop, 2);
    expect(slots.readiness().ready).toBe(false);
    take();
    expect(slots.readiness().ready).toBe(true);
  });

  it('give up at the fifth failure in a row, where trying again cannot mend it', async () => {
    slots.start(1, failing(passing, ...new Array<Error>(4).fill(refused)));
    for (let failure = 1; failure < 5; failure++) {
      await paused(failure);
      goOn();
    }
    await expect(slots.ended).rejects.toBe(refused);
    expect(pauses).toEqual([1000, 2000, 4000, 8000]);
    expect(slots.readiness().ready).toBe(false);
    await slots.settled();
  });

  it('never give up what trying again may mend, and try every thirty seconds in the end', async () => {
    slots.start(1, failing(...new Array<Error>(20).fill(passing)));
    for (let failure = 1; failure <= 20; failure++) {
      await paused(failure);
      goOn();
    }
    stopping.abort();
    await slots.ended;
    expect(pauses.slice(3)).toEqual([8000, 16_000, ...new Array<number>(15).fill(30_000)]);
  });

  it('that fail because the process stops have not failed', async () => {
    slots.start(1, async () => {
      stopping.abort();
      throw refused;
    });
    await slots.ended;
    expect(pauses).toEqual([]);
  });
});
