import { algorithmCatalog } from '../../src/algorithms/catalog.js';
import { silentLogger } from '../../src/base/index.js';
import { type Checkpoint, type CheckpointStore, createMemoryCheckpointStore } from '../../src/checkpoints/index.js';
import { environmentCatalog } from '../../src/envs/index.js';
import { type JobSpec, resolveJobSpec } from '../../src/jobs/index.js';
import {
  createTeam,
  type EvaluationResult,
  evaluateCheckpoint,
  runTraining,
  type Team,
  type TrainingEvent,
  type TrainingResult,
} from '../../src/training/index.js';
import { nameOf, type VerifyCase } from './case.js';
import type { IterationEvent, Outcome } from './outcome.js';

/** Added to the job's seed where its policies are measured. */
const MEASURING_SEED = 1_000_000;

/** One case with one seed. */
export interface SeedRun {
  readonly seed: number;
  /** By target; empty where it was interrupted or failed. */
  readonly figures: readonly number[];
  readonly seconds: number;
  readonly iterations: number;
  readonly agentSteps: number;
  readonly digest: string;
  readonly interrupted: boolean;
  /** Why it failed. */
  readonly error?: string;
}

export interface SeedRunOptions {
  readonly signal: AbortSignal;
  readonly onEvent: (event: TrainingEvent) => void;
  /** Seconds, from any beginning. */
  readonly seconds: () => number;
}

/** Name of the job of a case. */
export const jobName = (verified: VerifyCase): string => nameOf(verified).replaceAll(/[^a-zA-Z0-9._-]+/g, '-');

/** The job of a case, of which only the last checkpoint is kept unless it says otherwise. Throws JOB_SPEC_INVALID. */
export const specOf = (verified: VerifyCase, seed: number): JobSpec =>
  resolveJobSpec(
    { checkpoint: { every: 0 }, ...verified.job, name: jobName(verified), seed },
    { environments: environmentCatalog, algorithms: algorithmCatalog },
  );

/** Trains a case with a seed and measures it; a run that fails is told in `error`. */
export async function runSeed(verified: VerifyCase, seed: number, options: SeedRunOptions): Promise<SeedRun> {
  const began = options.seconds();
  const run = { seed, figures: [], iterations: 0, agentSteps: 0, digest: '', interrupted: false };
  try {
    const told = await trainAndMeasure(verified, specOf(verified, seed), options);
    return { ...run, ...told, seconds: options.seconds() - began };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ...run, seconds: options.seconds() - began, error: message };
  }
}

async function trainAndMeasure(
  { targets }: VerifyCase,
  spec: JobSpec,
  options: SeedRunOptions,
): Promise<Omit<SeedRun, 'seed' | 'seconds' | 'error'>> {
  const store = createMemoryCheckpointStore();
  const iterations: IterationEvent[] = [];
  const result = await runTraining('verify', spec, {
    // The lockstep schedule gives the same bits in this thread, where jobs of a few seconds are done soonest.
    ...(spec.schedule.kind === 'lockstep' ? { actors: 0, learners: 0 } : {}),
    checkpoints: store,
    signal: options.signal,
    logger: silentLogger,
    onEvent: (event) => {
      if (event.type === 'iteration') iterations.push(event);
      options.onEvent(event);
    },
  });
  const figures: number[] = [];
  const interrupted = result.state === 'cancelled';
  if (!interrupted) {
    const outcome = await outcomeOf(spec, result, store, iterations);
    for (const target of targets) figures.push(await target.measure(outcome));
  }
  return { figures, interrupted, iterations: result.iterations, agentSteps: result.agentSteps, digest: result.digest };
}

async function outcomeOf(
  spec: JobSpec,
  { weights }: TrainingResult,
  store: CheckpointStore,
  iterations: readonly IterationEvent[],
): Promise<Outcome> {
  const { checkpoint } = (await store.newest())!;
  const evaluations = new Map<number, Promise<EvaluationResult>>();
  return {
    spec,
    iterations,
    team: createTeam(spec, weights),
    teamOf: (saved) => teamOf(spec, weights, saved),
    checkpoints: async () => Promise.all((await store.list()).map(({ iteration }) => store.load(iteration))),
    evaluate: (episodes) => {
      const seed = spec.seed + MEASURING_SEED;
      const playing = evaluations.get(episodes) ?? evaluateCheckpoint(spec, checkpoint, { episodes, seed });
      evaluations.set(episodes, playing);
      return playing;
    },
  };
}

/** The policies of a checkpoint: its newest weights are those of all policies, one after the other. */
function teamOf(spec: JobSpec, like: Readonly<Record<string, Float32Array>>, checkpoint: Checkpoint): Team {
  const { bytes } = checkpoint.tensors.find(({ name }) => name === `weights/${checkpoint.iteration}`)!;
  const all = new Float32Array(bytes.slice().buffer);
  const weights: Record<string, Float32Array> = {};
  let offset = 0;
  for (const [policyId, { length }] of Object.entries(like)) {
    weights[policyId] = all.subarray(offset, offset + length);
    offset += length;
  }
  return createTeam(spec, weights);
}
