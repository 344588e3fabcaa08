import { MarlinError } from '../base/index.js';
import { createLoadedPolicy, decodePolicyFile, type LoadedPolicy } from '../export/index.js';
import type { Kernels } from '../kernels/index.js';
import { columnsOf } from './columns.js';
import { requestInvalid, servingError } from './errors.js';
import type { Askable, Question } from './question.js';

/** Rows that go through the network at a time, where many come. */
const BLOCK_ROWS = 256;

/** A policy in the memory of kernels, and what can be asked of it. */
export class PolicyRunner {
  readonly askable: Askable;
  readonly parameters: number;
  /** Multiply-adds that a row takes, about; infinite where the number of parameters does not tell. */
  readonly rowWork: number;
  private readonly policy: LoadedPolicy;

  /** `file`: a policy's safetensors file; `blockRows` go through the network at a time, for which it takes memory. Throws
   *  SERVING_POLICY_UNFIT for a policy that remembers, and what a file that is not whole is refused with. */
  constructor(kernels: Kernels, file: Uint8Array, blockRows = BLOCK_ROWS) {
    const { card, parameters } = decodePolicyFile(file, 'the file of a served policy');
    const { policyId, agents, agentIds } = card.policy;
    this.policy = createLoadedPolicy(card, parameters, { kernels, maxRows: blockRows });
    const { observationSpace, observationSize, maskSize, stateSize } = this.policy;
    if (stateSize > 0) {
      this.policy.dispose();
      const message = `policy "${policyId}" remembers what it saw, and requests for actions are each by itself`;
      throw servingError('SERVING_POLICY_UNFIT', message, { data: { policyId } });
    }
    this.parameters = parameters.length;
    // A filter's weights are used at every place of a picture, those of dense layers and of memories once.
    this.rowWork = card.policy.spec.network.kind === 'mlp' ? parameters.length : Number.POSITIVE_INFINITY;
    this.askable = {
      columns: columnsOf(observationSpace, observationSize),
      maskSize: card.policy.masked ? maskSize : 0,
      agentIds: agents,
      tellsAgents: agentIds,
    };
  }

  get actionSize(): number {
    return this.policy.actionSize;
  }

  /** The actions of all rows: f32[B, A]; what is drawn for a row does not depend on those after it. Throws SERVING_REQUEST_INVALID for a
   *  mask without a legal choice and for observed bounds that cross, and SERVING_ACTION_NOT_FINITE. */
  act({ rows, observations, masks, agent }: Question, seed: number | null): Float32Array {
    const actions = this.actOn(observations, rows, masks, agent, seed);
    const wrong = actions.findIndex((value) => !Number.isFinite(value));
    if (wrong < 0) return actions;
    const row = Math.floor(wrong / this.actionSize);
    const message = `the action of row ${row} is ${actions[wrong]} at ${wrong % this.actionSize}`;
    throw servingError('SERVING_ACTION_NOT_FINITE', message, { data: { row } });
  }

  dispose(): void {
    this.policy.dispose();
  }

  private actOn(
    observations: Float32Array,
    rows: number,
    mask: Uint8Array | null,
    agent: string | null,
    seed: number | null,
  ): Float32Array {
    try {
      return this.policy.actBatch(observations, rows, {
        ...(mask === null ? {} : { mask }),
        ...(agent === null ? {} : { agent }),
        ...(seed === null ? {} : { seed }),
      });
    } catch (error) {
      throw ofCaller(error);
    }
  }
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
