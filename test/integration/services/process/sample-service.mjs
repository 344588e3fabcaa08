// A service that does what SAMPLE_MODE says, as a process of its own.
import { createServer } from 'node:net';
import { COMMON_SETTINGS, defineSettings, runService } from '../../../../dist/services/process/index.js';

const forever = new Promise(() => {});
const READY = { ready: true, reasons: [] };

const settings = defineSettings({
  ...COMMON_SETTINGS,
  SAMPLE_MODE: { type: 'string', default: 'works', flag: 'mode', description: 'What this service does.' },
});

async function start({ settings, logger, metrics, stopping }) {
  const mode = settings.SAMPLE_MODE;
  metrics
    .gauge({ name: 'sample_mode_info', help: 'What this service does.', labels: ['mode'] })
    .labels({ mode })
    .set(1);
  const service = {
    ready: () => READY,
    stop: async (graceMs) => logger.info({ graceMs }, 'the service stops'),
  };
  switch (mode) {
    case 'does not start':
      throw new Error('no start');
    case 'starts slowly':
      logger.info({}, 'starting slowly');
      await new Promise((_, reject) => stopping.addEventListener('abort', () => reject(new Error('cut short'))));
      break;
    case 'never starts':
      logger.info({}, 'starting slowly');
      return forever;
    case 'stalls':
      return { ...service, ready: () => ({ ready: false, reasons: ['no task was done'] }) };
    case 'never stops':
      return { ...service, stop: () => forever };
    case 'stops badly':
      return { ...service, stop: () => Promise.reject(new Error('no stop')) };
    case 'throws':
      setImmediate(() => {
        throw new Error('thrown');
      });
      break;
    case 'rejects':
      setImmediate(() => void Promise.reject(new Error('rejected')));
      break;
    case 'rejects with nothing':
      setImmediate(() => void Promise.reject());
      break;
    case 'throws while it stops':
      return {
        ...service,
        stop() {
          setImmediate(() => {
            throw new Error('thrown late');
          });
          return forever;
        },
      };
    case 'ends':
      return { ...service, ended: Promise.resolve() };
    case 'fails':
      return { ...service, ended: Promise.reject(new Error('failed')) };
    case 'leaves something open':
      createServer().listen(0, '127.0.0.1');
      break;
    default:
  }
  return service;
}

process.exitCode = await runService(
  { name: 'sample', summary: 'serves as an example', settings, start },
  process.argv.slice(2),
  process.env,
);
