import { hostname } from 'node:os';
import { ActorService } from '../../services/actor/index.js';
import { actorSettings } from '../../services/actor/settings.js';
import { ApiService, createFileKeyStore, keptPolicies, optionsOf, SERVER_SETTINGS } from '../../services/api/index.js';
import { keptJobs, LearnerService } from '../../services/learner/index.js';
import { learnerSettings } from '../../services/learner/settings.js';
import {
  bothReady,
  defineSettings,
  PROCESS_SETTINGS,
  processId,
  runService,
  STORAGE_SETTINGS,
} from '../../services/process/index.js';
import { algorithmCatalog } from '../../src/algorithms/catalog.js';
import { createMemoryBroker } from '../../src/broker/index.js';
import { createEnvironmentCatalog, environmentModuleUrl, loadEnvironmentModules } from '../../src/envs/index.js';

const { ACTOR_SLOTS } = actorSettings.declarations;
const { LEARNER_SLOTS, LEARNER_THREADS } = learnerSettings.declarations;

const serveSettings = defineSettings({
  ...PROCESS_SETTINGS,
  ...STORAGE_SETTINGS,
  ...SERVER_SETTINGS,
  ACTOR_SLOTS: { ...ACTOR_SLOTS, flag: 'actor-slots' },
  LEARNER_SLOTS: { ...LEARNER_SLOTS, flag: 'learner-slots' },
  LEARNER_THREADS,
  API_KEYS_FILE: {
    type: 'path',
    default: 'api-keys.jsonl',
    description: 'File of the API keys; `marlin keys create --file` makes one.',
  },
});

/** marlin serve: the API, a learner and an actor in this process, on a broker in memory. Its jobs are kept
 *  beside their checkpoints, and go on when the process is started again. */
export function main(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<number> {
  return runService(
    {
      name: 'serve',
      summary: 'the API, a learner and an actor in one process, without Redis',
      settings: serveSettings,
      async start({ settings, logger, metrics, metricsText, clock }) {
        const environmentModules = settings.MARLIN_ENVS.map(environmentModuleUrl);
        const environments = createEnvironmentCatalog(await loadEnvironmentModules(environmentModules));
        const memory = createMemoryBroker({}, { clock });
        // The services share it, so that none of them may close it.
        const broker = {
          ...memory,
          jobs: keptJobs(memory.jobs, settings.CHECKPOINT_DIR),
          servedPolicies: await keptPolicies(memory.servedPolicies, settings.CHECKPOINT_DIR),
          close: async () => {},
        };
        const host = hostname();
        const id = processId(host);
        const modules = { broker, clock, logger, metrics };
        const learner = new LearnerService(
          {
            learnerId: id,
            host,
            pid: process.pid,
            slots: settings.LEARNER_SLOTS,
            threads: settings.LEARNER_THREADS,
            checkpointFolder: settings.CHECKPOINT_DIR,
            recover: true,
            environmentModules,
          },
          modules,
        );
        const actor = new ActorService(
          { actorId: id, host, pid: process.pid, slots: settings.ACTOR_SLOTS, environmentModules },
          modules,
        );
        const api = new ApiService(optionsOf(settings), {
          ...modules,
          metricsText,
          catalogs: { environments, algorithms: algorithmCatalog },
          keys: createFileKeyStore(settings.API_KEYS_FILE),
        });
        const url = await api.start();
        learner.start();
        actor.start();
        process.stderr.write(`the API is at ${url}, its description at ${url}/docs\n`);
        return {
          ready: () => bothReady(api.ready(), bothReady(learner.ready(), actor.ready())),
          observe() {
            for (const service of [api, learner, actor]) service.observe();
          },
          ended: Promise.race([learner.ended, actor.ended]),
          async stop(graceMs) {
            // The actor after the learner, whose last iteration needs it.
            await api.stop(graceMs / 4);
            await learner.stop(graceMs / 2);
            await actor.stop(graceMs / 4);
            await memory.close();
          },
        };
      },
    },
    args,
    env,
  );
}
