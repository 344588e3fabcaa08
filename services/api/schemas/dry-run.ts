import { type Static, Type } from 'typebox';
import { Count, JobId, Lineage, Nullable, ResolvedSpec, strict } from './job.js';

/** What launching would make. */
export const DryRun = Type.Object(
  {
    spec: ResolvedSpec,
    forkedFrom: Nullable(Lineage),
    plan: Type.Object(
      {
        agents: Type.Array(Type.String(), { description: 'Ids of the agents.' }),
        policies: Type.Array(
          Type.Object(
            {
              id: Type.String(),
              agents: Type.Array(Type.String(), { description: 'Those that act by it.' }),
              algorithm: Type.String(),
              actingParameters: Count('Parameters that acting needs; a value network comes on top.'),
            },
            strict,
          ),
        ),
        batchBytes: Count('One trajectory batch of one shard; a little more for every episode that ends in it.'),
        replayBytes: Count('What the learner keeps of the past, for algorithms that learn from it.'),
        weightsBytes: Count('The weights of one version.'),
        bytesInFlight: Count('Batches that the broker holds at most: shards × (lag + 1) of them.'),
        envStepsPerIteration: Count('Steps of all instances.'),
        agentStepsPerIteration: Count('Steps of all agents.'),
        iterations: Nullable(Count('After so many it surely stops; null where only time or a return ends it.')),
        agentSteps: Nullable(Count('Of all these iterations.')),
      },
      strict,
    ),
    estimate: Type.Object(
      {
        seconds: Nullable(Type.Number({ description: 'How long it would take at that throughput.' })),
        agentStepsPerSecond: Nullable(
          Type.Number({ description: 'Throughput of the job that the estimate is based on.' }),
        ),
        basedOn: Nullable(JobId),
      },
      { ...strict, description: 'From the newest job of this environment and algorithm; null without one.' },
    ),
    notes: Type.Array(Type.String(), { description: 'What to know before it is launched, and nothing is wrong with.' }),
  },
  { ...strict, 'x-component': 'JobDryRun' },
);
export type DryRun = Static<typeof DryRun>;
