import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JobIndex } from '../../../../services/api/jobs/job-index.js';
import { type JobQuery, listJobs } from '../../../../services/api/jobs/listing.js';
import { SortedJobs } from '../../../../services/api/jobs/sorted-jobs.js';
import { entryOf, type JobEntry } from '../../../../services/api/jobs/summary.js';
import { LOCAL_PRINCIPAL } from '../../../../services/api/security/principal.js';
import { createMemoryBroker, type JobRecord } from '../../../../src/broker/index.js';
import { resolve } from '../../../helpers/training.js';

const spec = resolve({ env: { id: 'median-v1' } });
const record = (
  jobId: string,
  part: Partial<JobRecord> & { readonly name?: string; readonly owner?: string } = {},
): JobRecord => {
  const { name = 'job', owner, ...rest } = part;
  return {
    jobId,
    state: 'queued',
    spec: JSON.stringify({ ...spec, name }),
    createdAt: 0,
    updatedAt: 0,
    metadata: JSON.stringify({ owner, labels: { of: jobId } }),
    ...rest,
  };
};

function setUp() {
  const broker = createMemoryBroker();
  let now = 10_000;
  const clock = { now: () => now, monotonic: () => now };
  const index = new JobIndex({ broker, clock });
  return { broker, index, pass: (ms: number) => (now += ms) };
}

const query = (part: Partial<JobQuery> = {}): JobQuery => ({
  states: [],
  name: undefined,
  labels: [],
  env: undefined,
  algorithm: undefined,
  owner: undefined,
  sort: '-createdAt',
  limit: 3,
  cursor: undefined,
  ...part,
});

describe('the index of jobs', () => {
  it('learns of what others write, and knows at once what is written here', async () => {
    const { broker, index, pass } = setUp();
    const ids = async () => (await index.sortedBy('createdAt')).map(({ jobId }) => jobId);
    expect(await ids()).toEqual([]);
    const stored = await broker.jobs.submit(record('a'));
    expect(await ids()).toEqual([]);
    index.note(stored);
    expect(await ids()).toEqual(['a']);
    await broker.jobs.submit(record('b'));
    pass(4000);
    expect(await ids()).toEqual(['a', 'b']);
    await broker.jobs.compareAndSet(stored.revision, record('a', { state: 'running' }));
    await broker.jobs.remove('b');
    pass(4000);
    expect((await index.sortedBy('createdAt')).map(({ state }) => state)).toEqual(['running']);
  });

  it('does not bring back what was deleted here by an answer that is older', async () => {
    const { broker, index } = setUp();
    await broker.jobs.submit(record('a'));
    const list = broker.jobs.list.bind(broker.jobs);
    broker.jobs.list = async () => {
      const answer = await list();
      await broker.jobs.remove('a');
      index.forget('a');
      return answer;
    };
    expect(await index.sortedBy('createdAt')).toEqual([]);
  });

  it('has all of many, whether they are new or only some of them changed', async () => {
    const { broker, index, pass } = setUp();
    for (let i = 0; i < 1500; i++) await broker.jobs.submit(record(`j${i}`, { createdAt: i }));
    const ids = async () => (await index.sortedBy('createdAt')).map(({ jobId }) => jobId);
    expect(await ids()).toHaveLength(1500);
    for (let i = 1500; i < 2700; i++) await broker.jobs.submit(record(`j${i}`, { createdAt: i }));
    pass(9000);
    expect(await ids()).toEqual(Array.from({ length: 2700 }, (_, i) => `j${i}`));
  });

  it('does not lose what was written here while it asked', async () => {
    const { broker, index, pass } = setUp();
    pass(4000);
    const list = broker.jobs.list.bind(broker.jobs);
    broker.jobs.list = async () => {
      const answer = await list();
      index.note(await broker.jobs.submit(record('new')));
      return answer;
    };
    expect((await index.sortedBy('createdAt')).map(({ jobId }) => jobId)).toEqual(['new']);
  });

  it('reads what has changed, and not the rest', async () => {
    const { broker, index, pass } = setUp();
    const stored = await broker.jobs.submit(record('a'));
    for (let i = 0; i < 100; i++) await broker.jobs.submit(record(`j${i}`));
    await index.refresh();
    const read: string[] = [];
    const get = broker.jobs.get.bind(broker.jobs);
    broker.jobs.get = (jobId) => {
      read.push(jobId);
      return get(jobId);
    };
    await broker.jobs.compareAndSet(stored.revision, record('a', { state: 'failed' }));
    pass(1000);
    expect((await index.countStates()).get('failed')).toBe(1);
    expect(read).toEqual(['a']);
  });

  it('is brought up to date behind a list that is younger than a second', async () => {
    const { broker, index, pass } = setUp();
    await index.refresh();
    await broker.jobs.submit(record('a'));
    pass(500);
    expect(await index.sortedBy('name')).toEqual([]);
    await expect.poll(async () => (await index.sortedBy('name')).length).toBe(1);
  });

  it('finds, by comparing, what nobody noted', async () => {
    const { broker, index, pass } = setUp();
    const stored = await broker.jobs.submit(record('a'));
    await broker.jobs.submit(record('gone'));
    await index.refresh();
    broker.jobs.changes = async () => ({ jobIds: [], mark: 'x' });
    await broker.jobs.compareAndSet(stored.revision, record('a', { state: 'failed' }));
    await broker.jobs.remove('gone');
    pass(29_000);
    expect((await index.sortedBy('name')).map(({ state }) => state)).toEqual(['queued', 'queued']);
    pass(1000);
    await index.refresh();
    await expect.poll(async () => (await index.sortedBy('name')).map(({ state }) => state)).toEqual(['failed']);
  });

  it('takes back what the broker has lost', async () => {
    const { broker, index, pass } = setUp();
    const early = await broker.jobs.submit(record('a'));
    index.note({ record: record('a', { state: 'failed' }), revision: early.revision + 1 });
    broker.jobs.changes = async () => ({ jobIds: ['a'], mark: 'x' });
    pass(1000);
    await index.refresh();
    expect((await index.sortedBy('name')).map(({ state }) => state)).toEqual(['queued']);
  });

  it('counts the jobs of an owner that have not ended', async () => {
    const { broker, index } = setUp();
    const stored = await broker.jobs.submit(record('a', { owner: 'ada' }));
    await broker.jobs.submit(record('b', { owner: 'ada', state: 'succeeded' }));
    expect(await index.activeOf('ada')).toBe(1);
    const ended = await broker.jobs.compareAndSet(stored.revision, record('a', { owner: 'ada', state: 'cancelled' }));
    index.note(ended!);
    expect(await index.activeOf('ada')).toBe(0);
    index.forget('b');
    expect([...(await index.countStates())].filter(([, count]) => count > 0)).toEqual([['cancelled', 1]]);
  });
});

describe('jobs in order', () => {
  it('stay so whatever becomes of them', () => {
    const keys = ['createdAt', 'name'] as const;
    const entry = (id: number, name: string, createdAt: number) =>
      entryOf({ record: record(`j${id}`, { name, createdAt }), revision: 1 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(8), fc.constantFrom('', 'a', 'b', 'c'), fc.nat(3)), { maxLength: 40 }),
        (steps) => {
          for (const key of keys) {
            const sorted = new SortedJobs(key, []);
            const known = new Map<string, JobEntry>();
            for (const [id, name, createdAt] of steps) {
              const old = known.get(`j${id}`);
              const next = name === '' ? undefined : entry(id, name, createdAt);
              sorted.replace(old, next);
              if (next === undefined) known.delete(`j${id}`);
              else known.set(`j${id}`, next);
            }
            expect(sorted.entries).toEqual(new SortedJobs(key, known.values()).entries);
          }
        },
      ),
    );
  });
});

describe('a list of jobs', () => {
  const many = async () => {
    const made = setUp();
    for (let i = 0; i < 10; i++) {
      const owner = i % 2 === 0 ? 'ada' : 'bob';
      const state = i < 5 ? 'queued' : 'succeeded';
      // Two of each time, so that pages end between equals.
      await made.broker.jobs.submit(record(`j${i}`, { createdAt: i >> 1, name: `name-${9 - i}`, owner, state }));
    }
    return made.index;
  };

  it.each(['createdAt', '-createdAt', 'name', '-name'] as const)(
    'sorted by %s has every job once over its pages',
    async (sort) => {
      const index = await many();
      const seen: string[] = [];
      let cursor: string | undefined;
      for (let pages = 1; ; pages++) {
        const page = await listJobs(index, LOCAL_PRINCIPAL, query({ sort, cursor }));
        seen.push(...page.entries.map(({ jobId }) => jobId));
        if (page.nextCursor === null) {
          expect(pages).toBe(4);
          break;
        }
        cursor = page.nextCursor;
      }
      const all = (await listJobs(index, LOCAL_PRINCIPAL, query({ sort, limit: 100 }))).entries.map(
        ({ jobId }) => jobId,
      );
      expect(seen).toEqual(all);
      expect(seen[0]).toBe({ createdAt: 'j0', '-createdAt': 'j9', name: 'j9', '-name': 'j0' }[sort]);
    },
  );

  it.each([
    [{ states: ['queued'] }, ['j4', 'j3', 'j2', 'j1', 'j0']],
    [{ name: 'NAME-3' }, ['j6']],
    [{ labels: ['of=j7'] }, ['j7']],
    [{ labels: ['of', 'none'] }, []],
    [{ owner: 'bob', states: ['succeeded'] }, ['j9', 'j7', 'j5']],
    [{ env: 'other' }, []],
  ] as const)('has those that fit %o', async (part, ids) => {
    const { entries } = await listJobs(await many(), LOCAL_PRINCIPAL, query({ limit: 100, ...part }));
    expect(entries.map(({ jobId }) => jobId)).toEqual(ids);
  });

  it('has nobody else’s', async () => {
    const principal = { keyId: 'k', owner: 'ada', scopes: ['launch'] } as const;
    const { entries } = await listJobs(await many(), principal, query({ limit: 100 }));
    expect(new Set(entries.map(({ owner }) => owner))).toEqual(new Set(['ada']));
  });

  it.each([['x'], [Buffer.from('[]').toString('base64url')], [Buffer.from('["name","a","j"]').toString('base64url')]])(
    'refuses the cursor %s',
    async (cursor) => {
      const { index } = setUp();
      await expect(listJobs(index, LOCAL_PRINCIPAL, query({ cursor }))).rejects.toMatchObject({
        code: 'API_REQUEST_INVALID',
      });
    },
  );
});
