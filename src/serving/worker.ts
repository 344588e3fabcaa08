/** Entry of a thread that acts by served policies, or takes one out of a checkpoint. Messages are answered in order. */
import { parentPort, workerData } from 'node:worker_threads';
import { serializeError } from '../base/index.js';
import { createKernels } from '../kernels/index.js';
import { answerQuestion, readQuestion } from './answer.js';
import { LoadedPolicies, tooLarge } from './loaded-policies.js';
import type { Call, CallAnswer, CallFailure, FromThread, ThreadOptions, ToThread } from './messages.js';
import { readSource, writePolicyFile } from './policy-file.js';
import { PolicyRunner } from './runner.js';

const port = parentPort;
if (port === null) throw new Error('worker.js is the entry of a worker thread, not of a process');

const { policyBytes } = workerData as ThreadOptions;
const kernels = createKernels('auto');
const policies = new LoadedPolicies(kernels, policyBytes);

const send = (message: FromThread, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(message, transfer);

async function act(call: Call): Promise<CallAnswer | CallFailure> {
  try {
    const runner = await policies.get(call.path);
    return { id: call.id, ...answerQuestion(runner, readQuestion(runner, call), call) };
  } catch (error) {
    return { id: call.id, error: serializeError(error) };
  }
}

async function handle(message: ToThread): Promise<void> {
  if (message.type === 'take') {
    const { file, digest } = await readSource(message.source);
    const runner = new PolicyRunner(kernels, file);
    if (kernels.allocatedBytes > policyBytes) throw tooLarge(kernels.allocatedBytes, policyBytes);
    await writePolicyFile(message.target, file);
    const { parameters, askable } = runner;
    const { tellsAgents, stateSize } = askable;
    return send({ type: 'taken', taken: { digest, parameters, tellsAgents, stateSize } });
  }
  const answers: (CallAnswer | CallFailure)[] = [];
  for (const call of message.calls) answers.push(await act(call));
  policies.trim();
  const buffers = answers.flatMap((answer) => ('bytes' in answer ? [answer.bytes.buffer as ArrayBuffer] : []));
  send({ type: 'acted', answers, loaded: { policies: policies.count, bytes: policies.bytes } }, buffers);
}

let last: Promise<void> = Promise.resolve();
port.on('message', (message: ToThread) => {
  last = last.then(() => handle(message)).catch((error) => send({ type: 'failed', error: serializeError(error) }));
});
