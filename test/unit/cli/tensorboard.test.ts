import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tensorboard } from '../../../cli/commands/tensorboard.js';
import { train } from '../../../cli/commands/train.js';
import type { Host } from '../../../cli/host.js';
import { iterationHistograms } from '../../../cli/tensorboard/histograms.js';
import { TensorBoardLog } from '../../../cli/tensorboard/log.js';
import {
  binary,
  box,
  composite,
  discrete,
  hierarchical,
  multiDiscrete,
  type Space,
} from '../../../src/spaces/index.js';
import { histogramsOf, readEventFolder, scalarsOf } from '../../helpers/metrics/event-files.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { evaluation, iteration, started } from './events.js';
import { fakeHost } from './fake-host.js';

function open(folder: string, histogramsEvery = 0) {
  const notes: string[] = [];
  const log = new TensorBoardLog({ folder, histogramsEvery }, { now: () => 100, note: (text) => notes.push(text) });
  return { log, notes };
}

const evaluated = (n: number) => ({ ...evaluation(n), agentSteps: 1000 * n });

describe('the log for TensorBoard', () => {
  it('has every number of the events over agent steps, and none where there is none', () => {
    const folder = temporaryFolder();
    const { log, notes } = open(folder);
    log.onEvent(started(2));
    log.onEvent(evaluated(0));
    const { agents, ...rest } = iteration(1, 2);
    log.onEvent({
      ...rest,
      batchesDropped: 3,
      episodeLength: null,
      agents: { ...agents, 'agent-1': { return: null, rewardPerStep: 2, heads: { price: 5 }, metrics: { won: 0.5 } } },
    });
    log.onEvent({ type: 'checkpoint', iteration: 1, bytes: 77 });
    log.close();
    const scalars = scalarsOf(readEventFolder(folder));
    expect(notes).toEqual([]);
    expect(scalars).toMatchObject({
      'return/agent-0': [[1000, -0]],
      'rewardPerStep/agent-1': [[1000, 2]],
      'rewardPerStep.price/agent-1': [[1000, 5]],
      'metrics/won/agent-1': [[1000, 0.5]],
      'policy/entropy/agent-0': [[1000, 1]],
      'training/episodes': [[1000, 1]],
      'training/policyLag': [[1000, 1]],
      'training/batchesDropped': [[1000, 3]],
      'progress/iteration': [[1000, 1]],
      'throughput/collectAgentStepsPerSecond': [[1000, 2_500_000]],
      'seconds/update': [[1000, 0.5]],
      'evaluation/return/agent-1': [[0, -2]],
      'evaluation/length/agent-0': [[0, 10]],
      'evaluation/metrics/stepWinShare/agent-0': [[0, 0.25]],
      'checkpoint/bytes': [[1000, 77]],
    });
    for (const absent of ['return/agent-1', 'training/episodeLength']) expect(scalars).not.toHaveProperty([absent]);
  });

  it('tells no step twice where a run goes on, nor what it began with', () => {
    const folder = temporaryFolder();
    const first = open(folder).log;
    for (const event of [started(1), evaluated(0), iteration(1, 1), iteration(2, 1), evaluated(2), iteration(3, 1)]) {
      first.onEvent(event);
    }
    // Killed without close, after the checkpoint of iteration 2.
    const second = open(folder).log;
    for (const event of [started(1, 2), evaluated(2), iteration(3, 1), evaluated(3)]) second.onEvent(event);
    second.close();
    const scalars = scalarsOf(readEventFolder(folder));
    expect(scalars['progress/iteration']).toEqual([
      [1000, 1],
      [2000, 2],
      [3000, 3],
    ]);
    expect(scalars['evaluation/episodes'].map(([step]) => step)).toEqual([0, 2000, 3000]);
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it.each([
    ['an evaluation', evaluated(0)],
    ['an iteration', iteration(1, 1)],
  ])('begins anew where a run does, with %s', (_, event) => {
    const folder = temporaryFolder();
    const first = open(folder).log;
    for (const old of [started(1), evaluated(0), iteration(1, 1), iteration(2, 1)]) first.onEvent(old);
    const second = open(folder).log;
    for (const anew of [started(1), event]) second.onEvent(anew);
    second.close();
    expect(readEventFolder(folder).filter(({ summary }) => summary !== undefined)).toHaveLength(1);
  });

  it('warns once when it cannot write, counts, and throws nothing', () => {
    const folder = temporaryFolder();
    const notes: string[] = [];
    const full = () => {
      throw new Error('ENOSPC: no space left on device');
    };
    const log = new TensorBoardLog(
      { folder, histogramsEvery: 0 },
      { now: () => 1, note: (text) => notes.push(text), writeSync: full },
    );
    for (const event of [started(1), iteration(1, 1), iteration(2, 1)]) log.onEvent(event);
    expect(notes).toEqual([expect.stringMatching(/could not be written: ENOSPC.*training goes on/)]);
    log.close();
    expect(log.lost).toBe(2);
    expect(notes[1]).toMatch(/^2 events for TensorBoard are missing/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says at once where there can be no folder', () => {
    writeFileSync(join(temporaryFolder(), 'file'), '');
    const file = join(temporaryFolder({ file: '' }), 'file');
    expect(() => open(file)).toThrow(expect.objectContaining({ code: 'RUN_WRITE_FAILED' }));
  });
});

describe('histograms of actions', () => {
  const enterThenPrice = hierarchical([
    { name: 'enter', space: binary() },
    { name: 'price', space: box(2), when: { level: 'enter', is: [1] } },
  ]);

  it.each<[string, Space, number[], Record<string, number>]>([
    ['discrete', discrete(3), [0, 2, 2], { choice: 3 }],
    ['multiDiscrete', multiDiscrete([2, 3]), [0, 2, 1, 1], { 'choice-0': 2, 'choice-1': 2 }],
    ['binary', binary(2), [0, 1, 1, 1], { 'decision-0': 2, 'decision-1': 2 }],
    ['box', box(2), [0.5, 1, 0.25, 2], { 'element-0': 2, 'element-1': 2 }],
    ['composite', composite('seller', 0), [0, 0.5], { price: 2 }],
    // A price counts where it was asked.
    [
      'hierarchical',
      enterThenPrice,
      [0, 0, 0, 1, 0.5, 0.7, 1, 0, 0.1],
      { enter: 3, 'price.element-0': 2, 'price.element-1': 2 },
    ],
  ])('of %s', (_, actionSpace, actions, counted) => {
    const values = iterationHistograms({
      iteration: 1,
      agentSteps: 1,
      policies: [{ policyId: 'p', actionSpace, parameters: [], actions: [Float32Array.from(actions)] }],
    });
    const numbers = values.map((value) => [value.tag, 'histogram' in value ? value.histogram.num : null]);
    expect(Object.fromEntries(numbers)).toEqual(
      Object.fromEntries(Object.entries(counted).map(([name, count]) => [`actions/p/${name}`, count])),
    );
  });

  it('are those of the first 32 numbers of an action', () => {
    const policy = { policyId: 'p', actionSpace: box(40), parameters: [], actions: [new Float32Array(40)] };
    expect(iterationHistograms({ iteration: 1, agentSteps: 1, policies: [policy] })).toHaveLength(32);
  });
});

describe('marlin train --tensorboard', () => {
  const SPEC = {
    name: 'small',
    env: { id: 'cue-recall-v1', options: { cues: 3, delay: 1 } },
    policies: { '*': { network: { hidden: [4] } } },
    rollout: { shards: 2, envsPerShard: 4, horizon: 10 },
    evaluation: { every: 2, episodes: 4 },
    checkpoint: { every: 2 },
  };
  const run = async (flags: object) => {
    const folder = temporaryFolder({ 'spec.json': JSON.stringify(SPEC) });
    const { host: still, out } = fakeHost();
    let ms = 1_700_000_000_000;
    const host: Host = { ...still, clock: { now: () => ms, monotonic: () => ms++ } };
    const out2 = join(folder, 'runs');
    const base = { set: [], out: out2, envModule: [], actors: 0, learners: 0, quiet: true, json: true };
    const begin = { ...base, iterations: 4, histograms: 2, ...flags };
    expect(await train(host, join(folder, 'spec.json'), begin)).toBe(0);
    const [name] = readdirSync(out2);
    return { folder, host, base, path: join(out2, name), digest: JSON.parse(out.at(-1)!).digest };
  };

  it('writes into the run’s folder, goes on with a resumed run, and changes no weights', async () => {
    const { host, base, path, digest } = await run({ tensorboard: true });
    const plain = await run({});
    expect(readdirSync(plain.path)).not.toContain('tensorboard');
    expect(plain.digest).toBe(digest);
    const more = { ...base, histograms: 2, resume: path, iterations: 8, tensorboard: true as const };
    expect(await train(host, undefined, more)).toBe(0);
    const events = readEventFolder(join(path, 'tensorboard'));
    const steps = [80, 160, 240, 320, 400, 480, 560, 640];
    expect(scalarsOf(events)['progress/iteration']).toEqual(steps.map((step, k) => [step, k + 1]));
    expect(scalarsOf(events)['evaluation/episodes'].map(([step]) => step)).toEqual([0, 160, 320, 480, 640]);
    const histograms = histogramsOf(events);
    expect(Object.keys(histograms).sort()).toEqual([
      'actions/agent-0/choice',
      'weights/agent-0/layers.0.bias',
      'weights/agent-0/layers.0.weights',
      'weights/agent-0/layers.1.bias',
      'weights/agent-0/layers.1.weights',
    ]);
    for (const told of Object.values(histograms)) expect(told.map(([step]) => step)).toEqual([160, 320, 480, 640]);
    const [, actions] = histograms['actions/agent-0/choice'][0];
    expect(actions).toMatchObject({ num: 80, bucketLimit: [0.5, 1.5, 2.5] });
    expect(histograms['weights/agent-0/layers.0.weights'][0][1].num).toBe(6 * 4);
  });

  it('keeps the runs apart in a folder for many', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'all'));
    const { path } = await run({ tensorboard: join(folder, 'all'), histograms: 0 });
    const [name] = readdirSync(join(folder, 'all'));
    expect(path.endsWith(name)).toBe(true);
    expect(histogramsOf(readEventFolder(join(folder, 'all', name)))).toEqual({});
    expect(readFileSync(join(path, 'metrics.jsonl'), 'utf8')).toContain('"iteration":4');
  });

  it('has the same numbers when a run is converted afterwards, at the times of the run', async () => {
    const { path, host, folder } = await run({ tensorboard: true, histograms: 0 });
    const out = join(folder, 'converted');
    expect(await tensorboard(host, path, { out })).toBe(0);
    const events = readEventFolder(out);
    expect(scalarsOf(events)).toEqual(scalarsOf(readEventFolder(join(path, 'tensorboard'))));
    const { createdAt } = JSON.parse(readFileSync(join(path, 'job.json'), 'utf8'));
    const walls = scalarsOf(events)['progress/wallSeconds'].map(([, seconds]) => seconds);
    const told = events.filter(({ summary }) => summary?.value.some(({ tag }) => tag === 'progress/wallSeconds'));
    told.forEach(({ wallTime }, k) => expect(wallTime).toBeCloseTo(Date.parse(createdAt) / 1000 + walls[k], 3));
    await expect(tensorboard(host, path, { out })).rejects.toThrow(/has event files already/);
  });

  it('says where the spec went when the flag took it', async () => {
    const flags = { set: [], out: 'runs', envModule: [], tensorboard: 'spec.json' };
    await expect(train(fakeHost().host, undefined, flags)).rejects.toThrow(
      /--tensorboard took "spec.json" for its folder/,
    );
  });
});
