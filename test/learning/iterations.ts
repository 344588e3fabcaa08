import type { JobSpecInput } from '../../src/jobs/index.js';
import { runTraining, type TrainingEvent, type TrainingOptions } from '../../src/training/index.js';
import { resolve } from '../helpers/training.js';

type Told<Type extends TrainingEvent['type']> = Extract<TrainingEvent, { type: Type }>;

type Threads = Pick<TrainingOptions, 'actors' | 'learners'>;
export const inline: Threads = { actors: 0, learners: 0 };

/** Trains, and keeps what every iteration told of the sampled play, beside the evaluations before and after. Jobs of a second are
 *  sooner done in this thread than others started: `inline`. */
export async function learnByIterations(input: JobSpecInput, seed: number, threads: Threads = {}) {
  const iterations: Told<'iteration'>[] = [];
  const evaluations: Told<'evaluation'>[] = [];
  await runTraining('learning', resolve({ ...input, seed, evaluation: { ...input.evaluation, every: 0 } }), {
    ...threads,
    onEvent: (event) => {
      if (event.type === 'iteration') iterations.push(event);
      if (event.type === 'evaluation') evaluations.push(event);
    },
  });
  return { iterations, evaluations };
}

/** A metric of an agent along iterations or evaluations. */
export const metricAlong = (
  events: readonly { readonly agents: Told<'iteration'>['agents'] }[],
  agent: string,
  metric: string,
): number[] => events.map(({ agents }) => agents[agent]!.metrics[metric]!);
