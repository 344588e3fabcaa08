import { hostname } from 'node:os';
import { createPatientBroker } from '../../src/broker/index.js';
import { createRedisBroker } from '../../src/broker/redis/index.js';
import { environmentModuleUrl, loadEnvironmentModules } from '../../src/envs/index.js';
import { processId, runService } from '../process/index.js';
import { LearnerService } from './index.js';
import { learnerSettings } from './settings.js';

/** Runs this process as a learner; resolves to an exit code only where there is nothing to run. */
export function main(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<number> {
  return runService(
    {
      name: 'learner',
      summary: 'trains the jobs of a fleet from what its actors collect',
      settings: learnerSettings,
      async start({ settings, logger, metrics, clock }) {
        const environmentModules = settings.MARLIN_ENVS.map(environmentModuleUrl);
        // What is missing here would fail the jobs that need it, one after the other.
        await loadEnvironmentModules(environmentModules);
        const broker = await createRedisBroker({ url: settings.REDIS_URL }, { logger, clock });
        const host = hostname();
        const learner = new LearnerService(
          {
            learnerId: processId(host),
            host,
            pid: process.pid,
            slots: settings.LEARNER_SLOTS,
            threads: settings.LEARNER_THREADS,
            parts: settings.LEARNER_PARTS,
            checkpointFolder: settings.CHECKPOINT_DIR,
            recover: settings.LEARNER_RECOVER,
            environmentModules,
          },
          { broker: createPatientBroker(broker, {}, { logger, clock }), clock, logger, metrics },
        );
        learner.start();
        return learner;
      },
    },
    args,
    env,
  );
}
