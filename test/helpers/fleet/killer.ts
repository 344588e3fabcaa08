import { appendFileSync } from 'node:fs';
import { RandomStream, systemClock } from '../../../src/base/index.js';
import type { Fleet } from './fleet.js';
import type { JobHistory } from './history.js';
import type { Service } from './service.js';

/** One kill, as it is recorded. */
export interface Kill {
  readonly kill: number;
  readonly kind: Service['kind'];
  readonly pid: number;
  /** Most iterations that were ever done. */
  readonly iteration: number;
  /** `atWork`: when the job had come so far; `atOnce`: the replacement of the one before, as soon as it had started. */
  readonly when: 'atWork' | 'atOnce';
  /** Milliseconds since the job was handed in. */
  readonly atMs: number;
}

export interface KillingOptions {
  readonly seed: number;
  readonly kills: number;
  /** Iterations of the job. */
  readonly iterations: number;
  /** File that gets a line of JSON per kill, as it happens. */
  readonly record?: string;
}

/** Shares of the kills that hit the learner, and a replacement that has just started. */
const LEARNERS = 0.35;
const AT_ONCE = 0.2;
/** The last fifth of the iterations is left, so that the job cannot end before its last kill. */
const SPAN = 0.8;

/** Kills processes of a fleet with one learner while a job runs, at iterations and with victims that the seed decides, and starts
 *  another for each. Resolves when all kills are done. */
export async function killServices(fleet: Fleet, job: JobHistory, options: KillingOptions): Promise<Kill[]> {
  const { seed, kills, iterations, record } = options;
  const random = new RandomStream(seed, 'chaos');
  const begun = systemClock.monotonic();
  const span = Math.floor(SPAN * iterations);
  const times = Array.from({ length: kills }, () => 1 + random.integer(span)).sort((a, b) => a - b);
  const done: Kill[] = [];
  let replacement: Service | undefined;
  let learnersBegun = 0;
  for (const [kill, time] of times.entries()) {
    const kind = random.bernoulli(LEARNERS) ? 'learner' : 'actor';
    const which = random.uniform();
    // A process takes its time to start, and the job would end meanwhile.
    const atOnce = random.bernoulli(AT_ONCE) && time < span / 2 && replacement !== undefined;
    if (!atOnce) await job.reached(time);
    const alive = fleet.alive(kind);
    const started = alive.filter(({ log }) => log.some(({ msg }) => msg === 'started'));
    const candidates = started.length > 0 ? started : alive;
    const victim = atOnce ? replacement! : candidates[Math.floor(which * candidates.length)]!;
    await victim.logged('started');
    // In the middle of the job, not before it has taken it.
    if (!atOnce && kind === 'learner') await job.begun(learnersBegun + 1);
    await victim.kill();
    if (victim.kind === 'learner') learnersBegun = job.learnersBegun;
    replacement = victim.kind === 'learner' ? fleet.startLearner() : fleet.startActor();
    const told: Kill = {
      kill: kill + 1,
      kind: victim.kind,
      pid: victim.pid,
      iteration: job.newest,
      when: atOnce ? 'atOnce' : 'atWork',
      atMs: Math.round(systemClock.monotonic() - begun),
    };
    done.push(told);
    if (record !== undefined) appendFileSync(record, `${JSON.stringify(told)}\n`);
  }
  return done;
}
