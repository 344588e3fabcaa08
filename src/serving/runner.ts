import { MarlinError } from '../base/index.js';
import { createLoadedPolicy, decodePolicyFile, type LoadedPolicy, type PolicyDescription } from '../export/index.js';
import type { Kernels } from '../kernels/index.js';
import { placeLayers } from '../networks/spec.js';
import { elementSize } from '../spaces/index.js';
import { columnsOf } from './columns.js';
import { requestInvalid, servingError } from './errors.js';
import type { Askable, Question } from './question.js';

/** Multiply-adds that take as long as making one number of described layers: laying out what is seen, and its activation. Measured. */
const NUMBER_WORK = 64;
/** Rows that go through the network at a time, where many come. */
const BLOCK_ROWS = 256;

/** A policy in the memory of kernels, and what can be asked of it. */
export class PolicyRunner {
  readonly askable: Askable;
  readonly parameters: number;
  /** Multiply-adds that a row takes, or what takes as long, about. */
  readonly rowWork: number;
  private readonly policy: LoadedPolicy;

  /** `file`: a policy's safetensors file; `blockRows` go through the network at a time, for which it takes memory. Throws
   *  what a file that is not whole is refused with. */
  constructor(kernels: Kernels, file: Uint8Array, blockRows = BLOCK_ROWS) {
    const { card, parameters } = decodePolicyFile(file, 'the file of a served policy');
    const { agents, agentIds } = card.policy;
    this.policy = createLoadedPolicy(card, parameters, { kernels, maxRows: blockRows });
    const { observationSpace, observationSize, maskSize, stateSize } = this.policy;
    this.parameters = parameters.length;
    this.rowWork = workOf(card.policy, parameters.length);
    this.askable = {
      columns: columnsOf(observationSpace, observationSize),
      maskSize: card.policy.masked ? maskSize : 0,
      stateSize,
      agentIds: agents,
      tellsAgents: agentIds,
    };
  }

  get actionSize(): number {
    return this.policy.actionSize;
  }

  /** The actions of all rows: f32[B, A]; what is drawn for a row does not depend on those after it. States are carried on in place.
   *  Throws SERVING_REQUEST_INVALID for a
   *  mask without a legal choice and for observed bounds that cross, and SERVING_ACTION_NOT_FINITE. */
  act(question: Question, seed: number | null): Float32Array {
    const actions = this.actOn(question, seed);
    assertFinite(actions, this.actionSize, 'the action');
    assertFinite(question.states, this.askable.stateSize, 'what is remembered');
    return actions;
  }

  dispose(): void {
    this.policy.dispose();
  }

  private actOn({ rows, observations, states, masks, agent }: Question, seed: number | null): Float32Array {
    try {
      return this.policy.actBatch(observations, rows, {
        state: states,
        ...(masks === null ? {} : { mask: masks }),
        ...(agent === null ? {} : { agent }),
        ...(seed === null ? {} : { seed }),
      });
    } catch (error) {
      throw ofCaller(error);
    }
  }
}

/** Dense layers and memories use each parameter once, as what is behind described layers does. */
function workOf({ observationSpace, spec: { network } }: PolicyDescription, parameters: number): number {
  if (network.kind === 'mlp') return parameters;
  const { work, activations, parameterCount } = placeLayers(network, elementSize(observationSpace));
  return work + NUMBER_WORK * activations + parameters - parameterCount;
}

function assertFinite(values: Float32Array, size: number, what: string): void {
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return;
  const row = Math.floor(wrong / size);
  const message = `${what} of row ${row} is ${values[wrong]} at ${wrong % size}`;
  throw servingError('SERVING_ACTION_NOT_FINITE', message, { data: { row } });
}

/** What the law refuses of a row is the caller's; everything else is thrown as it is. */
function ofCaller(error: unknown): unknown {
  if (!(error instanceof MarlinError) || typeof error.data.row !== 'number') return error;
  const [place, message] =
    error.code === 'POLICY_MASK_EMPTY'
      ? ['masks', 'leaves no legal choice']
      : ['observations', 'has bounds of the action that cross, or are not finite'];
  return requestInvalid([{ pointer: `/${place}/${error.data.row}`, message }]);
}
