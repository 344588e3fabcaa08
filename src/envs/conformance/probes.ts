import { loadState, saveState } from '../batch.js';
import type { Environment, EnvironmentBatch } from '../port.js';
import { sampleActions } from './actions.js';
import type { ProblemList } from './report.js';
import {
  createTrial,
  type Moment,
  parts,
  renewActions,
  renewOutputs,
  type TraceEntry,
  type Trial,
  type TrialSettings,
} from './trial.js';

/** What every probe is given. `create` makes the environment anew, as another process would. */
export interface ProbeContext {
  readonly create: () => Environment;
  readonly settings: TrialSettings;
  readonly steps: number;
  readonly problems: ProblemList;
}

/** Runs the same seed again in an environment made anew, and compares with what the main run left. */
export function probeDeterminism({ create, settings, steps, problems }: ProbeContext, main: Trial): void {
  const again = createTrial(create(), settings);
  again.resetAll();
  for (let t = 0; t < steps; t++) again.step(t);
  const difference = firstDifference(main.trace, again.trace, settings.instances);
  if (difference === undefined) return;
  problems.add(
    'deterministic',
    'error',
    `the same seed gave other bytes: ${difference}; draw randomness from \`random\` only`,
  );
}

/** Saves the state in the middle, loads it into an environment made anew that has lived another life, and compares how the
 *  two go on. The second environment serves a decoy batch first, which shows what an environment keeps to itself. */
export function probeState({ create, settings, steps, problems }: ProbeContext): void {
  const middle = Math.floor(steps / 2);
  const original = createTrial(create(), settings);
  original.resetAll();
  for (let t = 0; t < middle; t++) original.step(t);

  const other = create();
  const restored = createTrial(other, settings);
  const decoy = createTrial(other, { ...settings, seed: settings.seed + 1 });
  decoy.resetAll();
  decoy.step(0);
  loadState(restored.batch, saveState(original.batch));
  showActors(restored.batch, original.batch);

  const seen = original.trace.length;
  for (let t = middle; t < steps; t++) {
    original.step(t);
    restored.step(t);
  }
  const difference = firstDifference(original.trace.slice(seen), restored.trace, settings.instances);
  if (difference === undefined) return;
  problems.add(
    'state-complete',
    'error',
    `state saved after ${middle} steps and loaded elsewhere went on differently: ${difference}; ` +
      'keep everything that is remembered in `state`, and read no output of an earlier step',
  );
}

/** Resets every other instance and looks at the rest. */
export function probeReset({ create, settings, steps, problems }: ProbeContext): void {
  const trial = createTrial(create(), settings);
  const { batch, environment } = trial;
  trial.resetAll();
  for (let t = 0; t < Math.min(steps, 5); t++) trial.step(t);

  renewOutputs(environment, batch);
  const before = [...parts(batch)].map(([part, bytes]) => ({ part, bytes: bytes.slice() }));
  const chosen = Array.from({ length: batch.instances }, (_, b) => b).filter((b) => b % 2 === 1);
  // Beyond the count the array names instance 0: who resets all of its places is noticed.
  const list = new Int32Array(batch.instances);
  list.set(chosen);
  environment.reset(batch, list, chosen.length, trial.stream('conformance-reset', 1));

  [...parts(batch)].forEach(([part, bytes], k) => {
    for (let b = 0; b < batch.instances; b++) {
      if (chosen.includes(b) || equalRow(before[k].bytes, bytes, b, batch.instances)) continue;
      problems.add(
        'reset-isolation',
        'error',
        `reset of instances ${chosen.join(', ')} also wrote ${part} of instance ${b}; ` +
          'write the first `count` entries of `instances` only',
      );
    }
  });
}

/** Takes steps twice from the same state, the second time with other actions in all instances but the first. Says nothing
 *  where a step draws randomness: its order may rightly depend on the other instances. */
export function probeInstances({ create, settings, steps, problems }: ProbeContext): void {
  const trial = createTrial(create(), settings);
  const { batch, environment } = trial;
  trial.resetAll();
  for (let t = 0; t < Math.min(steps, 32) && !problems.has('instance-isolation'); t++) {
    const state = saveState(batch);
    const seen = { actionMask: batch.actionMask, observation: batch.observation };
    const stepAlone = (): readonly (readonly [string, Uint8Array])[] => {
      renewOutputs(environment, batch);
      environment.step(batch, trial.stream('conformance-step', t));
      return [...parts(batch)].map(([part, bytes]) => [part, bytes.slice()]);
    };
    renewActions(batch);
    sampleActions(batch, trial.stream('conformance-action', t));
    const first = stepAlone();
    let random = trial.drewRandomness;

    restore(batch, state, seen);
    sampleActions(batch, trial.stream('conformance-other-action', t), 1);
    const second = stepAlone();
    random ||= trial.drewRandomness;

    if (!random) {
      const k = first.findIndex(([, bytes], j) => !equalRow(bytes, second[j][1], 0, batch.instances));
      if (k >= 0) {
        problems.add(
          'instance-isolation',
          'error',
          `step ${t}: ${first[k][0]} of instance 0 changed with the actions of other instances; ` +
            'check that every index is instance · width + element',
        );
      }
    }
    restore(batch, state, seen);
    trial.step(t);
  }
}

/** What actions are chosen by: legal choices, and the observations that bound them. */
type SeenByActors = Pick<EnvironmentBatch, 'actionMask' | 'observation'>;

function showActors(batch: EnvironmentBatch, { actionMask, observation }: SeenByActors): void {
  batch.actionMask = actionMask.map((mask) => mask.slice());
  batch.observation = observation.map((values) => values.slice());
}

function restore(batch: EnvironmentBatch, state: Uint8Array, seen: SeenByActors): void {
  loadState(batch, state);
  showActors(batch, seen);
}

function equalRow(a: Uint8Array, b: Uint8Array, row: number, rows: number): boolean {
  const width = a.length / rows;
  for (let j = row * width; j < (row + 1) * width; j++) {
    if (a[j] !== b[j]) return false;
  }
  return true;
}

function firstDifference(a: readonly TraceEntry[], b: readonly TraceEntry[], instances: number): string | undefined {
  for (let k = 0; k < Math.min(a.length, b.length); k++) {
    const { moment, part, bytes } = a[k];
    if (!sameMoment(moment, b[k].moment)) return `other instances end at step ${moment.step}`;
    for (let row = 0; row < instances; row++) {
      if (!equalRow(bytes, b[k].bytes, row, instances)) return `${part}, instance ${row}, ${describe(moment)}`;
    }
  }
  return undefined;
}

const sameMoment = (a: Moment, b: Moment): boolean => a.phase === b.phase && a.step === b.step;

const describe = ({ phase, step }: Moment): string =>
  phase === 'reset'
    ? 'after reset'
    : phase === 'final'
      ? `at the end of an episode in step ${step}`
      : `after step ${step}`;
