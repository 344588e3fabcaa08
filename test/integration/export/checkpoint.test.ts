import { describe, expect, it } from 'vitest';
import { type Checkpoint, createMemoryCheckpointStore, encodeCheckpoint } from '../../../src/checkpoints/index.js';
import {
  exportPolicies,
  importPolicies,
  loadPolicy,
  openCheckpointPolicies,
  openPolicyFile,
} from '../../../src/export/index.js';
import type { JobSpecInput } from '../../../src/jobs/index.js';
import type { NetworkSpec } from '../../../src/networks/index.js';
import { createTeam, runTraining, type TrainingResult } from '../../../src/training/index.js';
import { resolve, smallJob } from '../../helpers/training.js';

const inline = { actors: 0, learners: 0 };

async function trained(input: JobSpecInput): Promise<{ result: TrainingResult; checkpoint: Checkpoint }> {
  const checkpoints = createMemoryCheckpointStore();
  const result = await runTraining('trained', resolve(input), { ...inline, checkpoints });
  return { result, checkpoint: (await checkpoints.newest())!.checkpoint };
}

const short = {
  rollout: { shards: 1, envsPerShard: 4, horizon: 8 },
  stop: { iterations: 1 },
  evaluation: { every: 0, episodes: 2 },
};
const convolved: NonNullable<NetworkSpec['layers']> = [
  { type: 'conv2d', filters: 4, kernelSize: 3, padding: 'same' },
  { type: 'maxPool2d', size: 2 },
];
const games: readonly [string, JobSpecInput][] = [
  ['boxes', smallJob],
  ['normalized inputs', { ...smallJob, policies: { '*': { network: { hidden: [8], normalizeInput: true } } } }],
  ['agents told apart', { ...smallJob, policyMapping: 'shared', policies: { shared: { agentId: true } } }],
  ['masks', { ...short, env: { id: 'tic-tac-toe-v1' } }],
  ['levels', { ...short, env: { id: 'hierarchical-demo-v1' } }],
  [
    'separate levels',
    { ...short, env: { id: 'hierarchical-demo-v1' }, policies: { '*': { levelNetworks: 'separate' } } },
  ],
  ['prices', { ...short, env: { id: 'double-auction-v1' } }],
  [
    'layers',
    { ...short, env: { id: 'two-rooms-v1' }, policies: { '*': { network: { kind: 'layers', layers: convolved } } } },
  ],
  ['ε-greedy', { ...short, env: { id: 'cartpole-v1' }, algorithm: { id: 'dqn' } }],
];

describe.each(games)('a checkpoint of a job with %s', (_, input) => {
  it('is all that is needed to act as the job’s team does', async () => {
    const { result, checkpoint } = await trained(input);
    const spec = resolve(input);
    const team = createTeam(spec, result.weights);
    const file = encodeCheckpoint(checkpoint);
    const policies = exportPolicies(checkpoint, 'safetensors', undefined, { marlin: '1.2.3' });
    expect(policies.map(({ policyId }) => policyId)).toEqual(Object.keys(result.weights));
    for (const { policyId, model } of policies) {
      const out = await loadPolicy(model[0]!.bytes);
      const whole = await loadPolicy(file, { policy: policyId });
      expect(out.card.lineage).toMatchObject({ job: 'trained', iteration: result.iterations, seed: spec.seed });
      for (const agent of out.agents) {
        const observation = Array.from({ length: out.observationSize }, (__, j) => ((j * 37) % 19) / 19);
        const mask = Array.from({ length: out.maskSize }, (__, j) => (j % 3 === 1 ? 1 : 0));
        const options = out.maskSize === 0 ? {} : { mask };
        const expected = team.act(agent, observation, options);
        expect(out.act(observation, { ...options, agent })).toEqual(expected);
        expect(whole.act(observation, { ...options, agent })).toEqual(expected);
      }
    }
  });
});

describe('a checkpoint', () => {
  it('of several policies wants one to be named, and tells which there are', async () => {
    const { checkpoint } = await trained(smallJob);
    const file = encodeCheckpoint(checkpoint);
    await expect(loadPolicy(file)).rejects.toThrow(/no policy was named, of agent-0, agent-1, agent-2/);
    await expect(loadPolicy(file, { policy: 'agent-7' })).rejects.toMatchObject({ code: 'POLICY_UNKNOWN' });
    const damaged = file.slice();
    damaged[200] = damaged[200]! ^ 1;
    await expect(loadPolicy(damaged, { policy: 'agent-0' })).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT' });
  });

  it('of an earlier version says what to do', async () => {
    const { checkpoint } = await trained(smallJob);
    const { forms: _, acting, ...facts } = checkpoint.facts as Checkpoint['facts'] & { acting: { form?: number }[] };
    const earlier = { ...checkpoint, facts: { ...facts, acting: acting.map(({ form: __, ...part }) => part) } };
    expect(() => openCheckpointPolicies(earlier)).toThrow(/of an earlier version; resume its job/);
  });
});

describe('imported policies', () => {
  const layers: NonNullable<NetworkSpec['layers']> = [{ type: 'dense', units: 4 }, { type: 'layerNorm' }];
  it.each<[string, Partial<NetworkSpec>]>([
    ['dense ones', { hidden: [8] }],
    ['layers', { kind: 'layers', layers }],
  ])('are what a job begins with, and what a frozen opponent acts by: %s', async (_, network) => {
    const { result, checkpoint } = await trained({
      ...smallJob,
      policies: { '*': { network } },
      stop: { iterations: 2 },
    });
    const [exported] = exportPolicies(checkpoint, 'safetensors', 'agent-2', {});
    const { job, checkpoint: imported } = importPolicies(openPolicyFile(exported!.model[0]!.bytes, 'it'));
    const store = createMemoryCheckpointStore();
    await store.save(imported, 1);
    const checkpointsOf = (jobId: string) => (jobId === job ? store : createMemoryCheckpointStore());
    const initial = { job, iteration: 0, policy: 'agent-2' };
    const spec: JobSpecInput = {
      ...smallJob,
      seed: 99,
      policies: {
        '*': { network },
        'agent-0': { algorithm: { id: 'fixed' }, initial },
        'agent-1': { initial },
      },
      stop: { iterations: 2 },
    };
    const later = await runTraining('later', resolve(spec), { ...inline, checkpointsOf });
    expect([...later.weights['agent-0']!]).toEqual([...result.weights['agent-2']!]);
    expect([...later.weights['agent-1']!]).not.toEqual([...result.weights['agent-1']!]);
  });

  it('whose network is another one are refused, as many parameters as it may have', async () => {
    const relu: JobSpecInput['policies'] = { '*': { network: { hidden: [8], activation: 'relu' } } };
    const { checkpoint } = await trained({ ...smallJob, policies: relu });
    const { job, checkpoint: imported } = importPolicies(openPolicyFile(encodeCheckpoint(checkpoint), 'it'));
    const store = createMemoryCheckpointStore();
    await store.save(imported, 1);
    const spec: JobSpecInput = {
      ...smallJob,
      policies: { '*': { network: { hidden: [8] } }, 'agent-1': { initial: { job, iteration: 0 } } },
    };
    await expect(runTraining('later', resolve(spec), { ...inline, checkpointsOf: () => store })).rejects.toMatchObject({
      code: 'TRAINING_INITIAL_UNAVAILABLE',
      message: expect.stringMatching(/"relu"/),
    });
  });
});
