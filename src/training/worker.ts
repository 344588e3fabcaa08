/** Entry of a worker thread: a workbench that answers messages. */
import { parentPort } from 'node:worker_threads';
import { serializeError, systemClock } from '../base/index.js';
import type { FromWorker, ToWorker } from './thread-messages.js';
import { Workbench } from './workbench.js';

const port = parentPort;
if (port === null) throw new Error('worker.js is the entry of a worker thread, not of a process');

const bench = new Workbench(systemClock);
const answer = (message: FromWorker): void => port.postMessage(message);

port.on('message', async (message: ToWorker) => {
  try {
    switch (message.type) {
      case 'open':
        await bench.open(message.job);
        return answer({ id: message.id, result: undefined });
      case 'run':
        return answer({ id: message.id, result: bench.run(message.jobId, message.kind, message.request) });
      case 'close':
        bench.close(message.jobId);
        return answer({ id: message.id, result: undefined });
    }
  } catch (error) {
    answer({ id: message.id, error: serializeError(error) });
  }
});
