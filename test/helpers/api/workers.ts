import { onTestFinished } from 'vitest';
import { ActorService } from '../../../services/actor/index.js';
import { LearnerService } from '../../../services/learner/index.js';
import { silentLogger, systemClock } from '../../../src/base/index.js';
import type { Broker } from '../../../src/broker/index.js';
import { MetricRegistry } from '../../../src/metrics/index.js';

/** A learner and an actor of the running test's own, stopped when it ends. Their threads run the compiled code. */
export function startWorkers(broker: Broker, checkpointFolder: string): void {
  // They share it with the server, which needs it longer.
  const modules = () => ({
    broker: { ...broker, close: async () => {} },
    clock: systemClock,
    logger: silentLogger,
    metrics: new MetricRegistry(),
  });
  const common = { environmentModules: [], host: 'here', pid: 1 };
  const learner = new LearnerService(
    { ...common, learnerId: 'learner-1', slots: 1, threads: 1, checkpointFolder, recover: false },
    modules(),
  );
  const actor = new ActorService({ ...common, actorId: 'actor-1', slots: 1 }, modules());
  learner.start();
  actor.start();
  onTestFinished(async () => {
    // In this order: a learner ends its iteration, for which it needs the actor.
    await learner.stop(5000);
    await actor.stop(5000);
  });
}
