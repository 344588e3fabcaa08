import { describe, expect, test } from 'vitest';
import { createMemoryCheckpointStore } from '../../../src/checkpoints/index.js';
import { type JobSpecInput, previewJob } from '../../../src/jobs/index.js';
import { createTeam, crossPlay, runTraining } from '../../../src/training/index.js';
import { smallJob } from '../../helpers/training.js';
import { catalogs } from '../jobs/catalogs.js';
import { openInline, planOf } from './planning.js';

const job = (agentId: boolean | undefined, change: Partial<JobSpecInput> = {}): JobSpecInput => ({
  ...smallJob,
  policyMapping: { 'agent-0': 'ends', 'agent-1': 'middle', 'agent-2': 'ends' },
  policies: { '*': { network: { hidden: [8] } }, ends: { ...(agentId !== undefined && { agentId }) } },
  stop: { iterations: 3 },
  ...change,
});
const inline = { actors: 0, learners: 0 };

describe('agent ids of a policy', () => {
  test('are counted wherever sizes are: plan, layout, dry run and updates agree', async () => {
    const [without, with_] = [planOf(job(undefined)), planOf(job(true))];
    const sizes = ({ plan }: typeof with_) => plan.layout.shape.agents.map(({ observationSize }) => observationSize);
    const [own] = sizes(without);
    expect(sizes(with_)).toEqual([own! + 2, own, own! + 2]);
    expect(with_.plan.identities).toEqual([[1, 0], [], [0, 1]]);
    // Two more inputs of eight units, of the first of the two policies.
    const counts = with_.plan.actingCounts;
    expect(counts).toEqual([without.plan.actingCounts[0]! + 16, without.plan.actingCounts[1]!]);
    const preview = previewJob(with_.spec, catalogs);
    expect(preview.policies.map(({ actingParameters }) => actingParameters)).toEqual(counts);
    expect(preview.batchBytes).toBe(with_.plan.layout.denseBytes);
    const { layouts } = await openInline(with_);
    expect(layouts.map(({ acting }) => acting[0]!.count)).toEqual(counts);
  });

  test.each([
    ['is off unless it is asked for', job(undefined), [[], [], []]],
    ['may be asked for all', job(undefined, { policies: { '*': { agentId: true } } }), [[1, 0], [], [0, 1]]],
    [
      'a policy’s own word counts',
      job(undefined, { policies: { '*': { agentId: true }, ends: { agentId: false } } }),
      [[], [], []],
    ],
  ])('%s', (_, spec, identities) => {
    expect(planOf(spec).plan.identities).toEqual(identities);
  });

  test('are not given by whoever lets the team act', async () => {
    const { spec, plan } = planOf(job(true));
    const { weights } = await runTraining('job', spec, inline);
    const team = createTeam(spec, weights);
    const F = plan.layout.shape.agents[1]!.observationSize;
    const observation = Array.from({ length: F }, (_, j) => Math.sin(j));
    const [first, last] = ['agent-0', 'agent-2'].map((agent) => team.act(agent, observation)[0]);
    // One policy, one observation, two agents.
    expect(first).not.toBe(last);
    expect(team.act('agent-0', observation)[0]).toBe(first);
    const act = () => team.act('agent-0', [...observation, 1, 0]);
    expect(act).toThrow(expect.objectContaining({ code: 'TEAM_OBSERVATION_INVALID' }));
    // A team of the same network without ids acts the same for both.
    const plain = planOf(job(false));
    const same = createTeam(plain.spec, (await runTraining('job', plain.spec, inline)).weights);
    expect(same.act('agent-0', observation)).toEqual(same.act('agent-2', observation));
  });

  test('train to the same weights in threads, and after a stop', async () => {
    const { spec } = planOf(job(true, { algorithm: { id: 'mappo', options: { epochs: 2 } } }));
    const whole = await runTraining('job', spec, inline);
    expect((await runTraining('job', spec, { actors: 2, learners: 1 })).digest).toBe(whole.digest);
    const checkpoints = createMemoryCheckpointStore();
    const stopping = new AbortController();
    const onEvent = (event: { type: string }) => event.type === 'iteration' && stopping.abort();
    await runTraining('job', spec, { ...inline, checkpoints, signal: stopping.signal, onEvent });
    const resumed = await runTraining('job', spec, { ...inline, checkpoints, resume: true });
    expect(resumed).toMatchObject({ digest: whole.digest, evaluation: whole.evaluation });
  });

  test('cross-play refuses who sees them beside who does not', async () => {
    const contestants = await Promise.all(
      [true, false].map(async (agentId) => {
        const { spec } = planOf(job(agentId));
        const checkpoints = createMemoryCheckpointStore();
        await runTraining('job', spec, { ...inline, checkpoints });
        return { spec, checkpoint: (await checkpoints.newest())!.checkpoint };
      }),
    );
    const sides = { 'agent-0': 0, 'agent-1': 1, 'agent-2': 0 } as const;
    const settings = { episodes: 4, seed: 1, maxSteps: 100, modes: true, sides };
    expect(() => crossPlay(contestants, settings)).toThrow(
      expect.objectContaining({ code: 'TRAINING_CROSS_PLAY_UNFIT', message: expect.stringContaining('agent ids') }),
    );
    expect(crossPlay([contestants[0]!, contestants[0]!], settings)).toHaveLength(4);
  });
});
