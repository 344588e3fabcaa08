import type { UpdaterContext } from '../../../../src/algorithms/index.js';
import type { QLearningOptions } from '../../../../src/algorithms/shared/q-learning/options.js';
import { choiceCounts } from '../../../../src/policies/index.js';
import { type DiscreteSpace, elementSize } from '../../../../src/spaces/index.js';

/** Q-learning in paper form, float64, one row at a time: what updates are held against. Numbers of a transition by column. */
export type Row = Readonly<Record<string, readonly number[]>>;

type Activation = (x: number) => number;
const relu: Activation = (x) => Math.max(0, x);
const identity: Activation = (x) => x;

/** A dense network whose parameters begin at `at`; returns its outputs and where the parameters end. */
function dense(
  parameters: readonly number[],
  at: number,
  widths: readonly number[],
  activation: Activation,
  input: readonly number[],
): { readonly outputs: readonly number[]; readonly end: number } {
  let current = input;
  for (let l = 1; l < widths.length; l++) {
    const [I, O] = [widths[l - 1]!, widths[l]!];
    const f = l === widths.length - 1 ? identity : activation;
    const biases = at + I * O;
    current = Array.from({ length: O }, (_, o) =>
      f(current.reduce((sum, x, i) => sum + x * parameters[at + i * O + o]!, parameters[biases + o]!)),
    );
    at = biases + O;
  }
  return { outputs: current, end: at };
}

export interface SlowSettings {
  readonly context: UpdaterContext;
  readonly mixing: 'sum' | { readonly embedding: number; readonly state: 'state' | 'observations' };
  readonly single?: boolean;
}

/** total(parameters, row): the team's value of what it did in the row; `next`: of what is greedy by `choosers`, after it. */
export function slowTotals({ context, mixing, single = false }: SlowSettings) {
  const { dueling } = context.options as QLearningOptions;
  const members = context.members.map((member) => ({
    agents: single ? 1 : member.agents.length,
    F: elementSize(member.observationSpace),
    hidden: member.spec.network.hidden,
    counts: choiceCounts(member.actionSpace as DiscreteSpace),
    masked: member.masked,
  }));
  /** Policies first, each with its ε; then the V networks; then the mixer. */
  let end = 0;
  const place = (widths: readonly number[], extra = 0): number => {
    const at = end;
    for (let l = 1; l < widths.length; l++) end += (widths[l - 1]! + 1) * widths[l]!;
    end += extra;
    return at;
  };
  const O = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
  const policyAt = members.map(({ F, hidden, counts }) => place([F, ...hidden, O(counts)], 1));
  const valueAt = dueling ? members.map(({ F, hidden }) => place([F, ...hidden, 1])) : [];
  const mixerAt = end;

  const outputsOf = (parameters: readonly number[], m: number, observation: readonly number[]): readonly number[] => {
    const { F, hidden, counts } = members[m]!;
    return dense(parameters, policyAt[m]!, [F, ...hidden, O(counts)], Math.tanh, observation).outputs;
  };

  const legalOf = (m: number, mask: readonly number[], at: number, count: number): number[] =>
    Array.from({ length: count }, (_, c) => c).filter((c) => !members[m]!.masked || mask[at + c] === 1);

  const actionValue = (
    parameters: readonly number[],
    m: number,
    observation: readonly number[],
    mask: readonly number[],
    action: readonly number[],
  ): number => {
    const { F, hidden, counts } = members[m]!;
    const outputs = outputsOf(parameters, m, observation);
    let at = 0;
    let value = dueling ? dense(parameters, valueAt[m]!, [F, ...hidden, 1], Math.tanh, observation).outputs[0]! : 0;
    for (const [s, count] of counts.entries()) {
      const legal = legalOf(m, mask, at, count);
      value += outputs[at + action[s]!]!;
      if (dueling) value -= legal.reduce((sum, c) => sum + outputs[at + c]! / legal.length, 0);
      at += count;
    }
    return value;
  };

  const greedyOf = (
    parameters: readonly number[],
    m: number,
    observation: readonly number[],
    mask: readonly number[],
  ) => {
    const outputs = outputsOf(parameters, m, observation);
    let at = 0;
    return members[m]!.counts.map((count) => {
      const legal = legalOf(m, mask, at, count);
      const best = legal.reduce((first, c) => (outputs[at + c]! > outputs[at + first]! ? c : first), legal[0]!);
      at += count;
      return best;
    });
  };

  const mix = (parameters: readonly number[], state: readonly number[], values: readonly number[]): number => {
    if (mixing === 'sum') return values.reduce((sum, value) => sum + value, 0);
    const { embedding: E } = mixing;
    const N = values.length;
    const C = state.length;
    const weights = dense(parameters, mixerAt, [C, N * E + 2 * E], relu, state);
    const [total] = dense(parameters, weights.end, [C, E, 1], relu, state).outputs;
    const w = weights.outputs;
    return Array.from({ length: E }, (_, e) => e).reduce((sum, e) => {
      const x = values.reduce((inner, value, i) => inner + Math.abs(w[i * E + e]!) * value, w[N * E + e]!);
      return sum + Math.abs(w[N * E + E + e]!) * (x > 0 ? x : Math.expm1(x));
    }, total!);
  };

  const part = (row: Row, name: string, j: number, agents: number): readonly number[] => {
    const all = row[name] ?? [];
    const width = all.length / agents;
    return all.slice(j * width, (j + 1) * width);
  };

  const joined = (row: Row, prefix: string): readonly number[] =>
    members.flatMap((_, m) => row[`${prefix}.${m}`] as number[]);

  return {
    total(parameters: readonly number[], row: Row): number {
      const values = members.flatMap(({ agents }, m) =>
        Array.from({ length: agents }, (_, j) => {
          const own = (name: string) => part(row, `${name}.${m}`, j, agents);
          return actionValue(parameters, m, own('observation'), own('actionMask'), own('action'));
        }),
      );
      const observed = mixing !== 'sum' && mixing.state === 'observations';
      return mix(parameters, observed ? joined(row, 'observation') : (row.state ?? []), values);
    },
    next(parameters: readonly number[], choosers: readonly number[], row: Row): number {
      const values = members.flatMap(({ agents }, m) =>
        Array.from({ length: agents }, (_, j) => {
          const own = (name: string) => part(row, `${name}.${m}`, j, agents);
          const [observation, mask] = [own('nextObservation'), own('nextActionMask')];
          return actionValue(parameters, m, observation, mask, greedyOf(choosers, m, observation, mask));
        }),
      );
      const observed = mixing !== 'sum' && mixing.state === 'observations';
      return mix(parameters, observed ? joined(row, 'nextObservation') : (row.nextState ?? []), values);
    },
  };
}
