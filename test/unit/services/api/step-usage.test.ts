import { describe, expect, it } from 'vitest';
import { JobIndex } from '../../../../services/api/jobs/job-index.js';
import { StepUsage } from '../../../../services/api/jobs/step-usage.js';
import { createMemoryBroker, type JobRecord } from '../../../../src/broker/index.js';
import { resolve } from '../../../helpers/training.js';

const HOUR_MS = 3_600_000;
const spec = JSON.stringify(resolve({ env: { id: 'median-v1' } }));

function setUp(eventLimit = 10_000) {
  let now = 1_000 * HOUR_MS;
  const clock = { now: () => now, monotonic: () => now };
  const broker = createMemoryBroker({ eventLimit }, { clock });
  const reads: number[] = [];
  const events = {
    read: async (jobId: string, sequence: number, limit?: number) => {
      reads.push(sequence);
      return broker.events.read(jobId, sequence, limit);
    },
  };
  const usage = new StepUsage({ events, jobIndex: new JobIndex({ broker, clock }), clock });
  const submit = async (jobId: string, owner: string, part: Partial<JobRecord> & { forkedFrom?: object } = {}) => {
    const { forkedFrom, ...rest } = part;
    const metadata = JSON.stringify({ owner, ...(forkedFrom === undefined ? {} : { forkedFrom }) });
    return broker.jobs.submit({ jobId, state: 'running', spec, createdAt: now, updatedAt: now, metadata, ...rest });
  };
  /** Iterations of 10 steps, one in `everyMs`, with an evaluation after each. */
  const train = async (jobId: string, first: number, last: number, everyMs: number) => {
    for (let iteration = first; iteration <= last; iteration++) {
      now += everyMs;
      const payload = JSON.stringify({ type: 'iteration', iteration, agentSteps: 10 * iteration });
      await broker.events.append(jobId, 'iteration', payload);
      await broker.events.append(jobId, 'evaluation', JSON.stringify({ type: 'evaluation', iteration }));
    }
  };
  return { broker, usage, submit, train, reads, pass: (ms: number) => (now += ms) };
}

describe('the agent steps of an owner', () => {
  it('are those of all its jobs, also of those that have ended or have not begun', async () => {
    const { broker, usage, submit, train } = setUp();
    await submit('a', 'ada');
    const b = await submit('b', 'ada');
    await submit('c', 'ada', { state: 'queued' });
    await submit('d', 'bob');
    await train('a', 1, 30, 1000);
    await train('b', 1, 5, 1000);
    await train('d', 1, 100, 1000);
    await broker.jobs.compareAndSet(b.revision, { ...b.record, state: 'succeeded' });
    expect(await usage.of('ada')).toBe(350);
    expect(await usage.of('bob')).toBe(1000);
    expect(await usage.of('eve')).toBe(0);
  });

  it('leave the count a day after they were made', async () => {
    const { usage, submit, train, pass } = setUp();
    await submit('a', 'ada');
    await train('a', 1, 36, HOUR_MS);
    // Those of hours 13 to 36: the one at the very beginning of the day counts before it.
    expect(await usage.of('ada')).toBe(240);
    pass(6 * HOUR_MS);
    expect(await usage.of('ada')).toBe(180);
    pass(24 * HOUR_MS);
    expect(await usage.of('ada')).toBe(0);
  });

  it('are estimated where the history does not reach back a day', async () => {
    const { usage, submit, train } = setUp(20);
    await submit('a', 'ada');
    await train('a', 1, 48, HOUR_MS);
    expect(await usage.of('ada')).toBeCloseTo(240, 6);
  });

  it('are a fork’s own', async () => {
    const { usage, submit, train } = setUp();
    await submit('a', 'ada', { forkedFrom: { jobId: 'x', iteration: 20 } });
    await train('a', 21, 25, 1000);
    expect(await usage.of('ada')).toBe(50);
  });

  it('are counted again where the history has begun anew', async () => {
    const { broker, usage, submit, train, pass } = setUp();
    await submit('a', 'ada');
    await train('a', 1, 30, 1000);
    expect(await usage.of('ada')).toBe(300);
    await broker.jobs.remove('a');
    await submit('a', 'ada');
    await train('a', 1, 2, 1000);
    pass(6000);
    expect(await usage.of('ada')).toBe(20);
  });

  it('cost few reads of a long history, fewer of one that is known, and none right after', async () => {
    const { usage, submit, train, reads, pass } = setUp();
    await submit('a', 'ada');
    await train('a', 1, 4000, 10);
    expect(await usage.of('ada')).toBe(40_000);
    expect(reads.length).toBeLessThan(32);
    reads.length = 0;
    await usage.of('ada');
    expect(reads).toEqual([]);
    pass(6000);
    await train('a', 4001, 4003, 10);
    expect(await usage.of('ada')).toBe(40_030);
    expect(reads.length).toBeLessThan(12);
  });
});
