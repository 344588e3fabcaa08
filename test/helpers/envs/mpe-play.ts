import { RandomStream } from '../../../src/base/index.js';
import { createBatch, createEnvironment, environmentCatalog, findEnvironment } from '../../../src/envs/index.js';
import { elementSize } from '../../../src/spaces/index.js';

/** What one agent does in every instance: writes its discrete action from what it sees. Made anew for each round of episodes. */
export type Script = (seen: Float32Array, random: RandomStream, instance: number) => number;

/** A mean over episodes and its standard error. */
export interface Estimate {
  readonly mean: number;
  readonly error: number;
}

export interface Played {
  /** By agent. */
  readonly returns: readonly Estimate[];
  /** By agent: each episode metric. */
  readonly metrics: readonly Readonly<Record<string, Estimate>>[];
}

const INSTANCES = 500;

/** Plays `episodes` episodes of the default length of an environment whose episodes all have the same. script(id) is how that
 *  agent acts. */
export function playEpisodes(
  id: string,
  options: Readonly<Record<string, unknown>>,
  episodes: number,
  script: (agent: string) => Script,
  seed = 1,
): Played {
  const environment = createEnvironment(findEnvironment(environmentCatalog, id), options);
  const { agents, episodeMetrics = [] } = environment;
  const batch = createBatch(environment, INSTANCES);
  const random = new RandomStream(seed, 'test');
  const everyone = Int32Array.from({ length: INSTANCES }, (_, b) => b);
  const widths = agents.map((agent) => elementSize(agent.observationSpace));
  const returns: number[][] = agents.map(() => []);
  const metrics = agents.map(() => episodeMetrics.map((): number[] => []));
  for (let played = 0; played < episodes; played += INSTANCES) {
    const scripts = agents.map((agent) => script(agent.id));
    const sums = agents.map(() => new Float64Array(INSTANCES));
    environment.reset(batch, everyone, INSTANCES, random);
    batch.truncated.fill(0);
    while (batch.truncated[0] === 0) {
      scripts.forEach((choose, i) => {
        const seen = batch.observation[i];
        for (let b = 0; b < INSTANCES; b++) {
          batch.action[i][b] = choose(seen.subarray(b * widths[i], (b + 1) * widths[i]), random, b);
        }
      });
      environment.step(batch, random);
      sums.forEach((sum, i) => {
        for (let b = 0; b < INSTANCES; b++) sum[b] += batch.reward[i][b];
      });
    }
    sums.forEach((sum, i) => {
      for (let b = 0; b < INSTANCES; b++) {
        returns[i].push(sum[b]);
        metrics[i].forEach((values, j) => values.push(batch.episodeMetric[i][b * episodeMetrics.length + j]));
      }
    });
  }
  return {
    returns: returns.map(estimate),
    metrics: metrics.map((columns) =>
      Object.fromEntries(columns.map((values, j) => [episodeMetrics[j], estimate(values)])),
    ),
  };
}

function estimate(values: readonly number[]): Estimate {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (n - 1) / n) };
}
