import { readJson } from './answer.js';
import type { Policy, PolicyAct, PolicyActBatch, PolicyAction, PolicyActions, PolicyServe } from './answers.js';
import type { CallOptions } from './call-options.js';
import type { Connection } from './connection.js';
import { clientError } from './errors.js';
import { path, withQuery } from './path.js';

export interface ServeOptions extends CallOptions {
  /** Of what the name stands for, as it was read; any: whatever it stands for. Without, only a name that stands for nothing is taken. */
  readonly revision?: number | 'any';
}

/** How to act by many observations as bytes. */
export interface ActRowsOptions extends CallOptions {
  /** As many numbers for each row as the policy's stateSize, zeros where an episode begins: needed where it has a memory. */
  readonly states?: Float32Array;
  /** One byte for each choice of each row, 1 = legal: needed where the policy is masked. */
  readonly masks?: Uint8Array;
  readonly sample?: boolean;
  readonly seed?: number;
  readonly agent?: string;
}

export interface ActedRows {
  /** As many numbers for each row as the policy's actionSize. */
  readonly actions: Float32Array;
  /** What the policy remembers now, to be given with the next observations; none where no states were given. */
  readonly states: Float32Array;
  /** Of the draw; null where none was made. */
  readonly seed: number | null;
  readonly revision: number;
  readonly checkpoint: number;
  readonly digest: string;
}

const OCTETS = 'application/octet-stream';
/** The server reads a checkpoint, and may take a minute. */
const SERVE_TIMEOUT_MS = 90_000;

const read = <T>(response: Response): Promise<T> => readJson(response) as Promise<T>;

/** The methods of policies that are served under names. */
export function policyMethods(connection: Connection) {
  const act = <T>(name: string, body: unknown, { signal }: CallOptions = {}): Promise<T> =>
    connection.send<T>({ method: 'POST', path: path`/v1/policies/${name}/act`, body, repeatable: true, signal }, read);

  return {
    listPolicies: async ({ signal }: CallOptions = {}): Promise<Policy[]> => {
      const request = { method: 'GET', path: '/v1/policies', repeatable: true, signal } as const;
      return (await connection.send<{ policies: Policy[] }>(request, read)).policies;
    },

    getPolicy: async (name: string, { signal }: CallOptions = {}): Promise<Policy> =>
      connection.send<Policy>({ method: 'GET', path: path`/v1/policies/${name}`, repeatable: true, signal }, read),

    /** Has a name stand for a policy of a checkpoint. A name that stands for it already is left as it is. */
    servePolicy: async (name: string, body: PolicyServe, { revision, signal }: ServeOptions = {}): Promise<Policy> =>
      connection.send<Policy>(
        {
          method: 'PUT',
          path: path`/v1/policies/${name}`,
          body,
          headers: revision === undefined ? { 'if-none-match': '*' } : { 'if-match': tagOf(revision) },
          repeatable: true,
          timeoutMs: SERVE_TIMEOUT_MS,
          signal,
        },
        read,
      ),

    /** Has a name stand for nothing any more. */
    stopServingPolicy: async (name: string, { revision, signal }: ServeOptions = {}): Promise<void> =>
      connection.send<void>(
        {
          method: 'DELETE',
          path: path`/v1/policies/${name}`,
          headers: revision === undefined ? {} : { 'if-match': tagOf(revision) },
          repeatable: true,
          signal,
        },
        async () => {},
        async (error, { afterDoubt }) => {
          // The attempt that was not answered has done it.
          if (!(afterDoubt && error.code === 'API_POLICY_UNKNOWN')) throw error;
        },
      ),

    /** The action for one observation. */
    act: async (name: string, body: PolicyAct, call?: CallOptions): Promise<PolicyAction> => act(name, body, call),

    /** The actions for a list of observations. */
    actBatch: async (name: string, body: PolicyActBatch, call?: CallOptions): Promise<PolicyActions> =>
      act(name, body, call),

    /** The same by bytes, which takes a fraction of the time: observations row after row. */
    actRows: async (
      name: string,
      observations: Float32Array,
      { states, masks, sample, seed, agent, signal }: ActRowsOptions = {},
    ): Promise<ActedRows> => {
      const query = { sample: sample === true ? 'true' : undefined, seed, agent };
      return connection.send(
        {
          method: 'POST',
          path: withQuery(path`/v1/policies/${name}/act`, query),
          body: bytesOf(observations, states, masks),
          accept: OCTETS,
          repeatable: true,
          signal,
        },
        (response) => readRows(response, states?.length ?? 0),
      );
    },
  };
}

const tagOf = (revision: number | 'any'): string => (revision === 'any' ? '*' : `"${revision}"`);

function bytesOf(
  observations: Float32Array,
  states: Float32Array = new Float32Array(),
  masks: Uint8Array = new Uint8Array(),
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(observations.byteLength + states.byteLength + masks.length);
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of [observations, states, masks]) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return bytes;
}

/** Actions, and behind them as many numbers of states as were given. */
async function readRows(response: Response, stateNumbers: number): Promise<ActedRows> {
  const bytes = await response.arrayBuffer();
  const told = (name: string): string | null => response.headers.get(`marlin-${name}`);
  const [seed, revision, checkpoint, digest] = ['seed', 'revision', 'checkpoint', 'digest'].map(told);
  const actionBytes = bytes.byteLength - 4 * stateNumbers;
  if (bytes.byteLength % 4 !== 0 || actionBytes <= 0 || revision == null || checkpoint == null || digest == null) {
    throw clientError('CLIENT_ANSWER_INVALID', `${response.url} did not answer with actions as bytes`);
  }
  return {
    actions: new Float32Array(bytes, 0, actionBytes / 4),
    states: new Float32Array(bytes, actionBytes),
    seed: seed == null ? null : Number(seed),
    revision: Number(revision),
    checkpoint: Number(checkpoint),
    digest,
  };
}
