import { hostname } from 'node:os';
import { createPatientBroker } from '../../src/broker/index.js';
import { createRedisBroker } from '../../src/broker/redis/index.js';
import { environmentModuleUrl, loadEnvironmentModules } from '../../src/envs/index.js';
import { processId, runService } from '../process/index.js';
import { ActorService } from './index.js';
import { actorSettings } from './settings.js';

/** Runs this process as an actor; resolves to an exit code only where there is nothing to run. */
export function main(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<number> {
  return runService(
    {
      name: 'actor',
      summary: 'collects trajectories for the jobs of a fleet; any number may come and go at any time',
      settings: actorSettings,
      async start({ settings, logger, metrics, clock }) {
        const environmentModules = settings.MARLIN_ENVS.map(environmentModuleUrl);
        // What is missing here would fail the jobs that need it, one after the other.
        await loadEnvironmentModules(environmentModules);
        const broker = await createRedisBroker({ url: settings.REDIS_URL }, { logger, clock });
        const host = hostname();
        const actor = new ActorService(
          {
            actorId: processId(host),
            host,
            pid: process.pid,
            slots: settings.ACTOR_SLOTS,
            environmentModules,
          },
          { broker: createPatientBroker(broker, {}, { logger, clock }), clock, logger, metrics },
        );
        actor.start();
        return actor;
      },
    },
    args,
    env,
  );
}
