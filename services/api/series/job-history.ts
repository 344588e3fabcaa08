import type { JobEvent } from '../../../src/broker/index.js';
import type { TrainingEvent } from '../../../src/training/index.js';
import { SeriesTable } from './series-table.js';
import { readTold, TermFilter } from './told.js';
import { ToldChanges } from './told-changes.js';
import { type Turn, TurnFold } from './turns.js';

/** A job's events, in order, folded into numbers and turns. A learner that goes on begins at a checkpoint: numbers that were told
 *  beyond it are void, as those iterations are made again. Void is also what a learner tells after another has begun. */
export class JobHistory {
  /** A row per iteration. */
  readonly iterations = new SeriesTable();
  /** A row per evaluation. */
  readonly evaluations = new SeriesTable();
  /** agent id → id of the policy that it acts by. */
  readonly policyOf = new Map<string, string>();
  /** Iterations done when evaluated → sequence of the event that tells it. */
  readonly evaluated = new Map<number, number>();
  readonly changes = new ToldChanges();
  readonly #turns = new TurnFold();
  readonly #filter = new TermFilter();

  get turns(): readonly Turn[] {
    return this.#turns.turns;
  }

  get cells(): number {
    return this.iterations.cells + this.evaluations.cells;
  }

  add(event: JobEvent): void {
    const told = readTold(event);
    if (told === null || !this.#filter.counts(told)) return;
    if (!this.changes.add(event, told)) return;
    this.#turns.add(event, told);
    switch (told.type) {
      case 'started':
        for (const table of [this.iterations, this.evaluations])
          table.cutTo(told.iteration === 0 ? -1 : told.iteration);
        for (const iteration of this.evaluated.keys()) {
          if (told.iteration === 0 || iteration > told.iteration) this.evaluated.delete(iteration);
        }
        for (const [policy, { agents }] of Object.entries(told.policies ?? {})) {
          for (const agent of agents) this.policyOf.set(agent, policy);
        }
        return;
      case 'iteration':
        addIteration(this.iterations, told);
        return;
      case 'evaluation':
        addEvaluation(this.evaluations, told);
        this.evaluated.set(told.iteration, event.sequence);
        return;
    }
  }
}

function addIteration(table: SeriesTable, event: Extract<TrainingEvent, { type: 'iteration' }>): void {
  table.begin(event);
  for (const [agent, { return: mean, rewardPerStep, heads = {}, metrics = {} }] of Object.entries(event.agents)) {
    table.put('return', 'agent', agent, mean);
    table.put('rewardPerStep', 'agent', agent, rewardPerStep);
    for (const [head, value] of Object.entries(heads)) table.put(`rewardPerStep.${head}`, 'agent', agent, value);
    for (const [metric, value] of Object.entries(metrics)) table.put(`metric.${metric}`, 'agent', agent, value);
  }
  for (const [policy, metrics] of Object.entries(event.policies)) {
    for (const [metric, value] of Object.entries(metrics)) table.put(metric, 'policy', policy, value);
  }
  const { policyLag, episodes, episodeLength, throughput, seconds } = event;
  const ofJob = { policyLag, episodes, episodeLength, ...throughput };
  for (const [name, value] of Object.entries(ofJob)) table.put(name, 'job', null, value);
  for (const [part, value] of Object.entries(seconds)) table.put(`seconds.${part}`, 'job', null, value);
}

function addEvaluation(table: SeriesTable, event: Extract<TrainingEvent, { type: 'evaluation' }>): void {
  table.begin(event);
  for (const [agent, evaluated] of Object.entries(event.agents)) {
    const { return: mean, rewardPerStep, length, heads = {}, metrics = {} } = evaluated;
    for (const [name, value] of Object.entries({ return: mean, rewardPerStep, length })) {
      table.put(`evaluation.${name}`, 'agent', agent, value);
    }
    for (const [head, value] of Object.entries(heads))
      table.put(`evaluation.rewardPerStep.${head}`, 'agent', agent, value);
    for (const [metric, value] of Object.entries(metrics))
      table.put(`evaluation.metric.${metric}`, 'agent', agent, value);
  }
}
