import { RandomStream } from '../base/index.js';
import type { Checkpoint } from '../checkpoints/index.js';
import { createBatch, createEnvironmentCatalog, createStepper, type EnvironmentDefinition } from '../envs/index.js';
import { canonicalJson, type JobSpec } from '../jobs/index.js';
import { createKernels, type F32, type Kernels } from '../kernels/index.js';
import { ActingPolicies } from './acting.js';
import { returnHeads, sumHeads } from './agent-metrics.js';
import { trainingError } from './errors.js';
import { Memories } from './memories.js';
import { type JobPlan, planJob } from './plan.js';
import { PURPOSE } from './purposes.js';

/** Policies that take part: a job and one of its checkpoints. */
export interface Contestant {
  readonly spec: JobSpec;
  readonly checkpoint: Checkpoint;
}

export interface CrossPlaySettings {
  /** Agent id → side, 0 or 1. Default where there are two agents: one each. */
  readonly sides?: Readonly<Record<string, 0 | 1>>;
  /** Of every pairing. */
  readonly episodes: number;
  readonly seed: number;
  /** Steps after which an episode is counted as it stands. */
  readonly maxSteps: number;
  /** Modes of the policies in place of samples. */
  readonly modes: boolean;
  readonly environments?: readonly EnvironmentDefinition[];
}

/** What a pairing came to: contestant `first` as side 0, `second` as side 1. */
export interface Pairing {
  readonly first: number;
  readonly second: number;
  readonly episodes: number;
  /** Mean return of an episode of each side's agents together. */
  readonly returns: readonly [number, number];
  /** Episodes in which side 0 was paid more; and as much. */
  readonly wins: number;
  readonly draws: number;
}

/** Instances that are played together. */
const INSTANCES = 128;

/** Lets every contestant play against every one, itself included, each way round. Throws TRAINING_CROSS_PLAY_UNFIT for jobs of
 *  different environments and sides that leave agents out, and what `planJob` throws. */
export function crossPlay(contestants: readonly Contestant[], settings: CrossPlaySettings): readonly Pairing[] {
  const kernels = createKernels('auto');
  const seats = contestants.map((contestant) => seatOf(kernels, contestant, settings.environments ?? []));
  assertAlike(seats);
  const sides = sidesOf(seats[0]!.plan, settings.sides);
  const pairings: Pairing[] = [];
  for (let first = 0; first < seats.length; first++) {
    for (let second = 0; second < seats.length; second++) {
      pairings.push({ first, second, ...play(kernels, [seats[first]!, seats[second]!], sides, settings) });
    }
  }
  for (const { policies } of seats) policies.dispose();
  return pairings;
}

interface Seat {
  readonly plan: JobPlan;
  readonly policies: ActingPolicies;
}

function seatOf(
  kernels: Kernels,
  { spec, checkpoint }: Contestant,
  environments: readonly EnvironmentDefinition[],
): Seat {
  const plan = planJob('cross-play', spec, createEnvironmentCatalog(environments));
  const policies = new ActingPolicies(kernels, plan);
  const name = `weights/${checkpoint.iteration}`;
  const weights = checkpoint.tensors.find((tensor) => tensor.name === name)?.bytes;
  const bytes = 4 * policies.sizes.reduce((sum, size) => sum + size, 0);
  if (weights?.byteLength !== bytes) {
    throw trainingError(
      'TRAINING_CHECKPOINT_INCOMPLETE',
      `checkpoint of iteration ${checkpoint.iteration}: ${name} is missing or has another size`,
      {
        data: { iteration: checkpoint.iteration, tensor: name },
      },
    );
  }
  policies.load(weights);
  return { plan, policies };
}

function assertAlike(seats: readonly Seat[]): void {
  const games = seats.map(({ plan }) => canonicalJson(plan.spec.env));
  const other = games.findIndex((game) => game !== games[0]);
  if (other === -1) return assertSeenAlike(seats);
  throw trainingError(
    'TRAINING_CROSS_PLAY_UNFIT',
    `contestants 1 and ${other + 1} play different games: ${games[0]} and ${games[other]}`,
    { data: { games: [games[0], games[other]] } },
  );
}

/** Play shows every agent one observation, whoever acts for it. */
function assertSeenAlike(seats: readonly Seat[]): void {
  const seen = seats.map(({ plan }) => canonicalJson(plan.identities));
  const other = seen.findIndex((identities) => identities !== seen[0]);
  if (other === -1) return;
  throw trainingError(
    'TRAINING_CROSS_PLAY_UNFIT',
    `contestants 1 and ${other + 1} see different things: agent ids stand behind the observations of one of them only`,
    { data: { contestants: [1, other + 1] } },
  );
}

/** agent → its side. */
function sidesOf({ environment }: JobPlan, given: CrossPlaySettings['sides']): readonly (0 | 1)[] {
  const ids = environment.agents.map((agent) => agent.id);
  if (given === undefined && ids.length === 2) return [0, 1];
  const sides = ids.map((id) => (given !== undefined && Object.hasOwn(given, id) ? given[id] : undefined));
  const unknown = Object.keys(given ?? {}).filter((id) => !ids.includes(id));
  if (unknown.length === 0 && sides.every((side) => side !== undefined) && new Set(sides).size === 2)
    return sides as (0 | 1)[];
  const problem =
    unknown.length > 0
      ? `there is no agent ${unknown.join(', ')}`
      : 'each of them must be on one side, and both sides need one';
  throw trainingError('TRAINING_CROSS_PLAY_UNFIT', `the agents are ${ids.join(', ')}: ${problem}`, {
    data: { agents: ids, unknown },
  });
}

/** Every instance plays its share of the episodes, so that short ones count no more than long ones. */
function play(
  kernels: Kernels,
  seats: readonly [Seat, Seat],
  sides: readonly (0 | 1)[],
  settings: CrossPlaySettings,
): Omit<Pairing, 'first' | 'second'> {
  const { plan } = seats[0];
  const { environment } = plan;
  const B = Math.min(settings.episodes, INSTANCES);
  const H = plan.layout.shape.rewardHeads;
  const counted = returnHeads(environment);
  const acting = sides.map((side, agent) => seats[side].policies.ofAgent[agent]!);
  const batch = createBatch(environment, B);
  const arrays: F32[] = [];
  const place = (length: number): F32 => {
    const array = kernels.f32(length);
    arrays.push(array);
    return array;
  };
  const observation = batch.observation.map((array) => place(array.length));
  const action = batch.action.map((array) => place(array.length));
  const noise = acting.map(({ policy }) => place(B * policy.noiseSize));
  const logProb = acting.map(({ policy }) => place(B * policy.levelCount));
  const memories = new Memories(kernels, acting, B);
  batch.observation = observation;
  batch.action = action;

  const left = Int32Array.from({ length: B }, (_, b) => Math.floor((settings.episodes + B - 1 - b) / B));
  const length = new Int32Array(B);
  const paid = [new Float64Array(B), new Float64Array(B)];
  const totals: [number, number] = [0, 0];
  let [wins, draws, unfinished] = [0, 0, B];
  const countStep = (): void => {
    for (let b = 0; b < B; b++) length[b]!++;
    for (const [agent, side] of sides.entries()) {
      for (let b = 0; b < B; b++) paid[side]![b]! += sumHeads(counted, batch.reward[agent]!, b * H);
    }
  };
  const end = (b: number): void => {
    if (left[b]! > 0) {
      for (const side of [0, 1] as const) totals[side] += paid[side]![b]!;
      if (paid[0]![b]! > paid[1]![b]!) wins++;
      else if (paid[0]![b] === paid[1]![b]) draws++;
      left[b]!--;
      if (left[b] === 0) unfinished--;
    }
    length[b] = 0;
    memories.forget(b);
    for (const side of paid) side[b] = 0;
  };
  const stepper = createStepper(environment, batch, {
    environmentId: plan.spec.env.id,
    onEnded: (ended, count) => {
      countStep();
      for (let e = 0; e < count; e++) end(ended[e]!);
    },
  });
  const random = new RandomStream(settings.seed, PURPOSE.crossPlay);
  const drawn = acting.map((_, agent) => new RandomStream(settings.seed, PURPOSE.crossPlay, agent));
  const cut = new Int32Array(B);
  stepper.resetAll(random);
  while (unfinished > 0) {
    for (const [agent, { policy, parameters }] of acting.entries()) {
      const mask = batch.actionMask[agent]!;
      if (settings.modes) {
        policy.actMode(parameters, observation[agent]!, mask, action[agent]!, B, memories.ofAgent[agent]);
      } else {
        seats[sides[agent]!].policies.drawNoise(agent, drawn[agent]!, noise[agent]!, B);
        const [drawnFor, judged] = [noise[agent]!, logProb[agent]!];
        policy.act(parameters, observation[agent]!, mask, drawnFor, action[agent]!, judged, B, memories.ofAgent[agent]);
      }
    }
    stepper.step(random);
    stepper.assertFinite();
    if (stepper.endedCount === 0) countStep();
    let cuts = 0;
    for (let b = 0; b < B; b++) {
      if (length[b]! < settings.maxSteps || left[b] === 0) continue;
      end(b);
      if (left[b]! > 0) cut[cuts++] = b;
    }
    if (cuts > 0) stepper.restart(cut, cuts, random);
  }
  memories.dispose();
  for (const array of arrays) kernels.free(array);
  const { episodes } = settings;
  return { episodes, returns: [totals[0] / episodes, totals[1] / episodes], wins, draws };
}
