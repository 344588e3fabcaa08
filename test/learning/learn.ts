import { readFileSync } from 'node:fs';
import { environmentCatalog } from '../../src/envs/index.js';
import type { JobSpecInput } from '../../src/jobs/index.js';
import { runTraining, type TrainingEvent, type TrainingOptions } from '../../src/training/index.js';
import { resolve } from '../helpers/training.js';

type Evaluation = Extract<TrainingEvent, { type: 'evaluation' }>;

/** The job specs of `examples/`, which the README tells people to run. */
export const example = (name: string): JobSpecInput =>
  JSON.parse(readFileSync(new URL(`../../examples/${name}.json`, import.meta.url), 'utf8')) as JobSpecInput;

/** Trains with worker threads, as a user does, unless told otherwise, keeps every evaluation (the first is before training), and
 *  tells what computed it. */
export async function learn(
  input: JobSpecInput,
  seed: number,
  threads: Pick<TrainingOptions, 'actors' | 'learners'> = {},
) {
  if (!environmentCatalog.has(input.env.id)) throw new Error(`no environment ${input.env.id}`);
  const evaluations: Evaluation[] = [];
  let engine = '';
  const result = await runTraining('learning', resolve({ ...input, seed }), {
    ...threads,
    onEvent: (event) => {
      if (event.type === 'evaluation') evaluations.push(event);
      if (event.type === 'started') engine = event.engine;
    },
  });
  return { ...result, evaluations, engine };
}

export const SEEDS = [1, 2, 3, 4, 5] as const;

/** Reward of a step, per agent, in an evaluation. */
export const perStep = (evaluation: Evaluation): number[] =>
  Object.values(evaluation.agents).map((agent) => agent.rewardPerStep);

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
