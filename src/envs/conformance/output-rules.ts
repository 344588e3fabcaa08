import { type BoxSpace, boundOf, elementSize, highOf, lowOf, maskSize } from '../../spaces/index.js';
import { choiceGroups } from '../outputs.js';
import type { ProblemList } from './report.js';
import { isUnwritten, type Moment, type Trial, UNWRITTEN_BYTE } from './trial.js';

/** The rules that one look at the outputs decides: what is written, and whether it is allowed. */
export function inspectOutputs(trial: Trial, moment: Moment, problems: ProblemList): void {
  const { batch, environment } = trial;
  const when = moment.phase === 'reset' ? 'reset' : `step ${moment.step}`;
  const after = moment.phase === 'step' && trial.ended.length > 0 ? `${when} and the reset of what it ended` : when;

  batch.agents.forEach((agent, i) => {
    const where = `agent "${agent.id}"`;
    inspectBox(batch.observation[i], agent.observationSpace, `observation of ${where}`, after, problems);
    if (agent.masked) inspectMask(trial, i, `action mask of ${where}`, after, problems);
    inspectBounds(trial, i, where, after, problems);
    if (moment.phase !== 'reset') inspectRewards(batch.reward[i], environment.rewardHeads, where, when, problems);
    if (moment.phase === 'final') inspectMetrics(trial, i, when, problems);
  });
  if (environment.globalState !== undefined) {
    inspectBox(batch.globalState, environment.globalState, 'globalState', after, problems);
  }
  if (moment.phase === 'reset') return;
  for (const name of ['terminated', 'truncated'] as const) {
    const b = batch[name].findIndex((flag) => flag > 1);
    if (b >= 0) problems.add('flags', 'error', `${when}: ${name} of instance ${b} is ${batch[name][b]}; write 0 or 1`);
  }
}

function inspectBox(values: Float32Array, space: BoxSpace, what: string, when: string, problems: ProblemList): void {
  const width = elementSize(space);
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    const j = at % width;
    // What is compared is what is stored: 0.1 as float32 lies above 0.1.
    const low = Math.fround(lowOf(space, j));
    const high = Math.fround(highOf(space, j));
    if (Number.isFinite(value) && value >= low && value <= high) continue;
    const where = `${what}, instance ${Math.floor(at / width)}, element ${j}`;
    if (isUnwritten(values, at)) {
      problems.add('output-written', 'error', `${when} did not write ${where}; write every element of every instance`);
    } else {
      problems.add('observation-space', 'error', `${when}: ${where} is ${value}, outside its space [${low}, ${high}]`);
    }
    return;
  }
}

function inspectMask({ batch }: Trial, i: number, what: string, when: string, problems: ProblemList): void {
  const mask = batch.actionMask[i];
  const { actionSpace } = batch.agents[i];
  const width = maskSize(actionSpace);
  for (let b = 0; b < batch.instances; b++) {
    let at = b * width;
    choiceGroups(actionSpace).forEach((count, decision) => {
      let legal = 0;
      for (const end = at + count; at < end; at++) {
        legal += mask[at];
        if (mask[at] <= 1) continue;
        const where = `${what}, instance ${b}, element ${at % width}`;
        if (mask[at] === UNWRITTEN_BYTE) problems.add('output-written', 'error', `${when} did not write ${where}`);
        else problems.add('mask-legal', 'error', `${when}: ${where} is ${mask[at]}; write 0 or 1`);
      }
      if (legal > 0) return;
      problems.add('mask-legal', 'error', `${when}: ${what}, instance ${b}, leaves no choice for decision ${decision}`);
    });
  }
}

/** Bounds that are read off the observation are known only here. */
function inspectBounds({ batch }: Trial, i: number, agent: string, when: string, problems: ProblemList): void {
  const { actionSpace, observationSpace } = batch.agents[i];
  const features = elementSize(observationSpace);
  const levels = actionSpace.kind === 'hierarchical' ? actionSpace.levels.map(({ space }) => space) : [actionSpace];
  for (const space of levels) {
    if (space.kind !== 'box') continue;
    for (let j = 0; j < elementSize(space); j++) {
      if (typeof boundOf(space, 'low', j) !== 'object' && typeof boundOf(space, 'high', j) !== 'object') continue;
      for (let b = 0; b < batch.instances; b++) {
        const low = lowOf(space, j, batch.observation[i], b * features);
        const high = highOf(space, j, batch.observation[i], b * features);
        if (!(low > high)) continue;
        const where = `the observation of ${agent}, instance ${b}, bounds element ${j} of its action`;
        problems.add('action-bounds', 'error', `${when}: ${where} by low ${low} and high ${high}, which cross`);
      }
    }
  }
}

function inspectRewards(
  rewards: Float32Array,
  heads: readonly string[] | undefined,
  agent: string,
  when: string,
  problems: ProblemList,
): void {
  const width = heads?.length ?? 1;
  for (let at = 0; at < rewards.length; at++) {
    if (Number.isFinite(rewards[at])) continue;
    const where = `reward of ${agent}, instance ${Math.floor(at / width)}, head "${heads?.[at % width] ?? 'reward'}"`;
    if (isUnwritten(rewards, at))
      problems.add('output-written', 'error', `${when} did not write ${where}; write 0 for none`);
    else problems.add('reward-finite', 'error', `${when}: ${where} is ${rewards[at]}`);
  }
}

function inspectMetrics({ batch, environment, ended }: Trial, i: number, when: string, problems: ProblemList): void {
  const names = environment.episodeMetrics ?? [];
  const values = batch.episodeMetric[i];
  for (const b of ended) {
    names.forEach((name, j) => {
      const at = b * names.length + j;
      if (Number.isFinite(values[at])) return;
      const what = isUnwritten(values, at) ? 'was not written' : `is ${values[at]}`;
      problems.add(
        'episode-metric',
        'error',
        `${when} ended instance ${b}, but metric "${name}" of agent "${batch.agents[i].id}" ${what}; ` +
          'write it in the step that ends the episode, from state',
      );
    });
  }
}
