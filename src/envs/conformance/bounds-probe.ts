import { createBatch } from '../batch.js';
import type { EnvironmentBatch } from '../port.js';
import { sampleActions } from './actions.js';
import type { ProbeContext } from './probes.js';
import { createTrial } from './trial.js';

/** Takes a few steps on arrays that notice an index outside them. A typed array itself drops such a write in silence and reads
 *  undefined, and so does the memory of a neighboring instance. */
export function probeBounds({ create, settings, steps, problems }: ProbeContext): void {
  const environment = create();
  const batch = createBatch(environment, settings.instances);
  const notice = (what: string): void => {
    problems.add('array-bounds', 'error', `${what}; arrays hold instances · elements, from 0`);
  };
  const streams = createTrial(environment, settings);
  const guarded = guardBatch(batch, notice);
  const list = Int32Array.from({ length: batch.instances }, (_, b) => b);
  environment.reset(guarded, list, batch.instances, streams.stream('conformance-reset', 0));
  for (let t = 0; t < Math.min(steps, 16); t++) {
    sampleActions(batch, streams.stream('conformance-action', t));
    batch.terminated.fill(0);
    batch.truncated.fill(0);
    environment.step(guarded, streams.stream('conformance-step', t));
    const ended = list.filter((b) => batch.terminated[b] !== 0 || batch.truncated[b] !== 0);
    if (ended.length > 0) environment.reset(guarded, ended, ended.length, streams.stream('conformance-reset', t + 1));
  }
}

function guardBatch(batch: EnvironmentBatch, notice: (what: string) => void): EnvironmentBatch {
  const perAgent = <Numbers extends Float32Array | Uint8Array>(name: string, arrays: readonly Numbers[]): Numbers[] =>
    arrays.map((array, i) => guard(array, `${name} of agent "${batch.agents[i].id}"`, notice));
  return {
    instances: batch.instances,
    agents: batch.agents,
    state: Object.fromEntries(
      Object.entries(batch.state).map(([name, array]) => [name, guard(array, `state.${name}`, notice)]),
    ),
    observation: perAgent('observation', batch.observation),
    action: perAgent('action', batch.action),
    actionMask: perAgent('actionMask', batch.actionMask),
    reward: perAgent('reward', batch.reward),
    episodeMetric: perAgent('episodeMetric', batch.episodeMetric),
    terminated: guard(batch.terminated, 'terminated', notice),
    truncated: guard(batch.truncated, 'truncated', notice),
    globalState: guard(batch.globalState, 'globalState', notice),
  };
}

function guard<Numbers extends { readonly length: number }>(
  array: Numbers,
  what: string,
  notice: (what: string) => void,
): Numbers {
  const inside = (key: string): boolean => {
    const index = Number(key);
    return Number.isInteger(index) && index >= 0 && index < array.length;
  };
  return new Proxy(array, {
    get(target, key) {
      // Indices arrive as text; what computing one wrongly leaves are the last three.
      const isIndex =
        typeof key === 'string' && (/^-?[0-9.]+$/.test(key) || ['NaN', 'undefined', 'Infinity'].includes(key));
      if (isIndex && !inside(key)) notice(`${what}[${key}] is read, but its length is ${array.length}`);
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
    set(target, key, value) {
      if (typeof key === 'string' && !inside(key)) {
        notice(`${what}[${key}] is written, but its length is ${array.length}`);
        return true;
      }
      return Reflect.set(target, key, value, target);
    },
  });
}
