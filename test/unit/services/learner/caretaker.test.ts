import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Caretaker } from '../../../../services/learner/caretaker.js';
import { keepRecord, readKeptRecord } from '../../../../services/learner/kept-jobs.js';
import { silentLogger } from '../../../../src/base/index.js';
import { type Broker, createMemoryBroker, type JobRecord, type JobState } from '../../../../src/broker/index.js';
import { markPrepared, readPrepared, removeJobFolder } from '../../../../src/checkpoints/index.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';

const HOUR_MS = 3_600_000;

const record = (state: JobState = 'queued'): JobRecord => ({
  jobId: 'job',
  state,
  spec: '{}',
  createdAt: 1,
  updatedAt: 1,
});

/** A caretaker of a folder whose only job is `job`, at a time when every mark is old. */
function setUp() {
  const broker = createMemoryBroker();
  const checkpointFolder = temporaryFolder();
  const clock = { now: () => Date.now() + HOUR_MS, monotonic: () => 0 };
  const options = { checkpointFolder, recover: true, signal: new AbortController().signal };
  const caretaker = new Caretaker(options, { broker, clock, logger: silentLogger });
  const folder = join(checkpointFolder, 'job');
  return { broker, caretaker, checkpointFolder, folder };
}

/** Does something the `nth` time that somebody asks for the job, before it is answered. */
function whenAsked(broker: Broker, nth: number, action: () => Promise<void> | void): void {
  const get = broker.jobs.get.bind(broker.jobs);
  let asked = 0;
  broker.jobs.get = async (jobId) => {
    if (++asked === nth) await action();
    return await get(jobId);
  };
}

async function prepare(folder: string): Promise<void> {
  await markPrepared(folder);
  writeFileSync(join(folder, 'checkpoint'), 'bytes');
}

test('a folder that was filled for a job that never came is removed', async () => {
  const { caretaker, checkpointFolder, folder } = setUp();
  await prepare(folder);
  await caretaker.sweep();
  expect(readdirSync(checkpointFolder)).toEqual([]);
});

test('so is one that a learner was killed over', async () => {
  const { broker, caretaker, checkpointFolder } = setUp();
  const taken = join(checkpointFolder, '.abandoned-job-5c1f4f8e-0000-4000-8000-000000000000');
  await prepare(taken);
  const { remove } = broker.jobs;
  await broker.jobs.submit(record());
  await caretaker.sweep();
  expect(existsSync(taken)).toBe(true);
  await remove.call(broker.jobs, 'job');
  await caretaker.sweep();
  expect(existsSync(taken)).toBe(false);
});

test.each<readonly [string, (at: ReturnType<typeof setUp>) => Promise<void> | void]>([
  [
    'has a record, whatever the broker knows',
    ({ checkpointFolder }) => keepRecord(checkpointFolder, record('running')),
  ],
  ['was not marked', ({ folder }) => rmSync(join(folder, 'prepared'))],
  ['is marked anew while it is looked at', ({ broker, folder }) => whenAsked(broker, 1, () => markPrepared(folder))],
  [
    'has its job a moment later',
    ({ broker }) =>
      whenAsked(broker, 2, async () => {
        await broker.jobs.submit(record());
      }),
  ],
])('a folder stays that %s', async (_, change) => {
  const at = setUp();
  await prepare(at.folder);
  await change(at);
  await at.caretaker.sweep();
  expect(readdirSync(at.checkpointFolder)).toEqual(['job']);
  expect(existsSync(join(at.folder, 'checkpoint'))).toBe(true);
});

test('a folder stays that was marked a short time ago', async () => {
  const { broker, checkpointFolder, folder } = setUp();
  await prepare(folder);
  const modules = { broker, clock: { now: () => Date.now() + 600_000, monotonic: () => 0 }, logger: silentLogger };
  const signal = new AbortController().signal;
  await new Caretaker({ checkpointFolder, recover: false, signal }, modules).sweep();
  expect(existsSync(folder)).toBe(true);
});

test('the mark of a job that has come is removed, and nothing else', async () => {
  const { broker, caretaker, folder } = setUp();
  await prepare(folder);
  await broker.jobs.submit(record());
  await caretaker.sweep();
  expect(await readPrepared(folder)).toBeNull();
  expect(readdirSync(folder)).toEqual(['checkpoint']);
});

test('what is no folder of a job is nobody’s concern', async () => {
  const { caretaker, checkpointFolder } = setUp();
  await prepare(join(checkpointFolder, 'Not A Job'));
  writeFileSync(join(checkpointFolder, 'file'), '');
  await caretaker.sweep();
  await caretaker.recover();
  expect(readdirSync(checkpointFolder).sort()).toEqual(['Not A Job', 'file']);
});

test.each([
  ['running', 'queued'],
  ['queued', 'queued'],
  ['paused', 'paused'],
] as const)('a job that was %s comes back %s', async (was, is) => {
  const { broker, caretaker, checkpointFolder } = setUp();
  keepRecord(checkpointFolder, record(was));
  await caretaker.recover();
  expect((await broker.jobs.get('job'))?.record.state).toBe(is);
});

test.each(['paused', 'cancelled', 'failed'] as const)(
  'a job that became %s while no learner had it does not come back as it was',
  async (state) => {
    const { broker, caretaker, checkpointFolder } = setUp();
    keepRecord(checkpointFolder, record('running'));
    await broker.jobs.submit(record(state));
    await caretaker.recover();
    expect(readKeptRecord(checkpointFolder, 'job')?.state).toBe(state);
    await broker.jobs.remove('job');
    await caretaker.recover();
    expect((await broker.jobs.get('job'))?.record.state).toBe(state === 'paused' ? 'paused' : undefined);
  },
);

test('a job that is deleted while it is looked at does not come back', async () => {
  const { broker, caretaker, checkpointFolder, folder } = setUp();
  keepRecord(checkpointFolder, record('paused'));
  whenAsked(broker, 1, () => removeJobFolder(folder));
  await caretaker.recover();
  expect(await broker.jobs.get('job')).toBeNull();
  expect(existsSync(folder)).toBe(false);
});
