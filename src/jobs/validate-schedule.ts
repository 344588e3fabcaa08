import type { AlgorithmDefinition } from '../algorithms/index.js';
import { type Fault, listNames, problem } from './faults.js';
import { overrideLayers } from './layers.js';
import type { JobSpec } from './spec.js';

/** Checks that the schedule's settings belong to its kind, and that the algorithms can learn in it. */
export function validateSchedule(spec: JobSpec, algorithms: readonly AlgorithmDefinition[], faults: Fault[]): void {
  const { schedule } = spec;
  const { kind } = schedule;
  if (kind === 'lockstep') {
    for (const setting of ['batches', 'maxPolicyLag'] as const) {
      const value = schedule[setting];
      if (value === undefined) continue;
      const advice = 'is for kind "async"; leave it out, or set kind to "async"';
      faults.push(problem(`/schedule/${setting}`, value, 'absent in lockstep', advice));
    }
  }
  if (spec.learners > 1 && kind === 'async') {
    const advice = 'is for the lockstep schedule; leave it out, or set /schedule/kind to "lockstep"';
    faults.push(problem('/learners', spec.learners, '1 in the asynchronous schedule', advice));
  }
  const named = [
    spec.algorithm,
    ...Object.keys(spec.policies).flatMap((id) => overrideLayers(spec, id).map((own) => own.algorithm)),
  ];
  const unable = new Set(
    named.flatMap((algorithm) => {
      const definition = algorithms.find(({ id }) => id === algorithm?.id);
      return definition === undefined || definition.capabilities.schedules.includes(kind) ? [] : [definition.id];
    }),
  );
  if (unable.size === 0) return;
  const who = listNames(
    [...unable].map((id) => `"${id}"`),
    'and',
  );
  faults.push(
    problem('/schedule/kind', kind, '"lockstep"', `is "${kind}", which ${who} cannot learn in; it must be "lockstep"`),
  );
}
