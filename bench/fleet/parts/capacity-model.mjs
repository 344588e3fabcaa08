/** The capacity model of docs/scaling.md: what an agentStep costs at every hop, and how many processes a job needs for it. Pure: its
 *  numbers are those of the job, its costs those that `bench/fleet/capacity.mjs` measures. Bytes are exact; microseconds are
 *  processor time of one core. */
import { elementBytes } from './message-bytes.mjs';

/** Microseconds of processor time that a hop takes: `iteration` of each iteration, `batch` of each batch, `byte` of each of its bytes,
 *  `fetchedByte` of each byte of weights that an actor process fetches, `publishedByte` of each that is published. Measured by
 *  `node bench/fleet/capacity.mjs --fit --repetitions 5` on two cores that did nothing else; run it on the machine in question. */
export const MEASURED = {
  actor: { iteration: 1910, batch: 1470, byte: 0.00168, fetchedByte: 0.00246, publishedByte: 0 },
  redis: { iteration: 792, batch: 179, byte: 0.000647, fetchedByte: 0.000489, publishedByte: 0 },
  learner: { iteration: 1360, batch: 170, byte: 0.000866, fetchedByte: 0, publishedByte: 0.00937 },
};

/** Share of a core that is planned with: above it queues grow. */
const UTILIZATION = 0.7;

/** Bytes of a job. `job`: agents, observationSize, actionSize, rewardHeads, instances, horizon (of one shard), shards, parameters (that
 *  one policy acts by), learners (processes that share the updates), actors (processes), lag. */
export function bytesOf(job) {
  const { agents, learners = 1, parameters, shards, actors, lag = 1 } = job;
  const parts = Math.min(learners, agents);
  const each = Math.ceil(agents / parts);
  const pieces = Array.from({ length: parts }, (_, p) => Math.min(each, agents - p * each)).filter(
    (count) => count > 0,
  );
  const pieceBytes = pieces.map((count) => elementBytes(job, count));
  const batch = pieceBytes.reduce((sum, bytes) => sum + bytes, 0);
  const weights = 4 * parameters * agents;
  const agentSteps = job.instances * job.horizon * agents;
  return {
    agentSteps,
    batch,
    perAgentStep: batch / agentSteps,
    piece: Math.max(...pieceBytes),
    weights,
    /** Into and out of Redis in one iteration, answers of other learners included. */
    redisIn: shards * batch + weights + (weights * (parts - 1)) / parts,
    redisOut: shards * batch + weights * actors + (weights * (parts - 1)) / parts,
    /** Unconsumed batches, at most, and the versions that are kept. */
    inFlight: shards * (lag + 1) * batch + (lag + 2) * weights,
  };
}

/** Microseconds of one iteration at every hop: of all actors, of Redis, and of the learner that has most to do. `costs`: collect and
 *  update in microseconds per agentStep, and the hops' as MEASURED. */
export function microsecondsOf(job, costs) {
  const { actor, redis, learner, collect, update } = { ...MEASURED, ...costs };
  const { shards, agents, actors, learners = 1 } = job;
  const { batch, piece, weights, agentSteps } = bytesOf(job);
  const parts = Math.min(learners, agents);
  const hop = (cost, bytes) =>
    cost.iteration +
    shards * (cost.batch + bytes * cost.byte) +
    weights * (actors * cost.fetchedByte + cost.publishedByte);
  return {
    actors: hop(actor, batch) + shards * agentSteps * collect,
    // What learners say to each other is as much again as an iteration for each, and its bytes pass once more.
    redis: hop(redis, batch) + (parts - 1) * (redis.iteration + (weights / parts) * redis.fetchedByte),
    learner: hop(learner, piece) + (shards * agentSteps * update) / parts,
  };
}

/** How many actor slots, learner processes and Redis shards a job needs for `agentStepsPerSecond`. Tells what the limit is where there
 *  is one: all of a job lies in one Redis shard, one part has at least one policy, and no more actors work than there are shards. */
export function plan(job, costs, agentStepsPerSecond) {
  const { agents, shards, learnerThreads = 1 } = job;
  let actors = 1;
  let learners = 1;
  // Each further actor process fetches the weights, each further learner has flags of its own to read: so again until it fits.
  for (let round = 0; round < 64; round++) {
    const shape = { ...job, actors, learners };
    const iterations = agentStepsPerSecond / (bytesOf(shape).agentSteps * shards);
    const busy = microsecondsOf(shape, costs);
    const cores = (microseconds) => (microseconds * iterations) / 1e6 / UTILIZATION;
    const next = {
      actors: Math.max(1, Math.ceil(cores(busy.actors))),
      learners: Math.max(1, Math.min(agents, Math.ceil((learners * cores(busy.learner)) / learnerThreads))),
    };
    const redis = cores(busy.redis);
    const limits = [
      ...(next.actors > shards ? [`${next.actors} actor slots, but ${shards} shards: raise rollout.shards`] : []),
      ...(redis > 1
        ? [`${redis.toFixed(1)} Redis cores for one job, which has one: fewer bytes, or several jobs`]
        : []),
      ...(learners === agents && cores(busy.learner) > learnerThreads ? ['a policy takes more than one learner'] : []),
    ];
    if ((next.actors === actors && next.learners <= learners) || round === 63) {
      return { actors, learners, redisCores: redis, iterationsPerSecond: iterations, limits, ...bytesOf(shape) };
    }
    actors = next.actors;
    learners = Math.max(learners, next.learners);
  }
}

/** Redis shards for jobs whose plans are given: each lies whole in one, the largest first into the one with most room. */
export function redisShards(plans) {
  const loads = [];
  for (const { redisCores } of [...plans].sort((a, b) => b.redisCores - a.redisCores)) {
    const place = loads.findIndex((load) => load + redisCores <= 1);
    if (place === -1) loads.push(redisCores);
    else loads[place] += redisCores;
  }
  return loads.length;
}
