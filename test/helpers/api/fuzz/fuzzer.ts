import { join } from 'node:path';
import { createFileCheckpointStore } from '../../../../src/checkpoints/index.js';
import type { TestApi } from '../server.js';
import * as told from '../told.js';
import type { ApiDocument, Operation, Parameter } from './document.js';
import type { Answer, Exchange, Sent } from './exchange.js';
import { type Expected, faultsOf } from './hold.js';
import { mutate } from './mutate.js';
import { goodText, isAllowed, strangeText } from './parameters.js';
import type { Random } from './random.js';

export interface Fault {
  readonly request: number;
  readonly sent: Sent;
  readonly status: number;
  readonly answer: string;
  readonly faults: readonly string[];
}

export interface Keys {
  /** Sees all. */
  readonly admin: Readonly<Record<string, string>>;
  /** Launches. */
  readonly owner: Readonly<Record<string, string>>;
  readonly reader: Readonly<Record<string, string>>;
}

export interface FuzzerModules {
  readonly api: TestApi;
  readonly exchange: Exchange;
  readonly document: ApiDocument;
  readonly keys: Keys;
  readonly specs: readonly unknown[];
  readonly random: Random;
}

interface Draft {
  readonly operation: Operation;
  readonly values: Map<Parameter, string>;
  body: unknown;
}

type JobModel = { readonly id: string; state: string; etag: string };

/** Id of the job whose policies are served: it is there, with its checkpoints. */
export const TRAINED_JOB = 'trained';

/** Makes requests of what an API says of itself, right ones and wrong ones, and holds the answers against it. */
export class Fuzzer {
  requests = 0;
  /** Of them, those that are surely not valid. */
  invalid = 0;
  readonly faults: Fault[] = [];
  /** Status → how often. */
  readonly statuses = new Map<number, number>();
  /** `METHOD path status`, for what is of the document. */
  readonly seen = new Set<string>();
  readonly #api: TestApi;
  readonly #exchange: Exchange;
  readonly #document: ApiDocument;
  readonly #keys: Keys;
  readonly #random: Random;
  readonly #secrets: readonly string[];
  readonly #jobs: string[] = [];
  /** Job specs that are right. */
  readonly #specs: readonly unknown[];

  constructor({ api, exchange, document, keys, specs, random }: FuzzerModules) {
    this.#api = api;
    this.#exchange = exchange;
    this.#document = document;
    this.#keys = keys;
    this.#specs = specs;
    this.#random = random;
    this.#secrets = [process.cwd(), api.context.options.checkpointFolder, 'node_modules', '    at '];
  }

  /** One request, or a chain of them. */
  async play(): Promise<void> {
    const random = this.#random;
    const kind = random.next();
    if (kind < 0.2) await this.#playValid();
    else if (kind < 0.7) await this.#playMutated();
    else if (kind < 0.93) await this.#playWrong();
    else await this.#playChain();
  }

  async #playValid(): Promise<void> {
    const draft = this.#draft(this.#random.pick(this.#document.operations));
    await this.#send(this.#sentOf(draft), { operation: draft.operation, invalid: false });
  }

  /** As a caller who is allowed everything, with something changed. */
  async #playMutated(): Promise<void> {
    const random = this.#random;
    // What takes a body can be wrong in more ways.
    const operations = this.#document.operations.filter(({ body }) => body !== null || !random.chance(0.7));
    const draft = this.#draft(random.pick(operations));
    const { operation, values } = draft;
    const extra: [string, string][] = [];
    let invalid = false;
    if (operation.body !== null && random.chance(0.75)) {
      draft.body = mutate(draft.body, random);
      // As it arrives: JSON leaves out what it has no words for.
      invalid = !this.#document.fits(operation.body, JSON.parse(JSON.stringify(draft.body)));
    } else if (operation.parameters.length > 0 && random.chance(0.8)) {
      const parameter = random.pick(operation.parameters);
      const value = strangeText(random);
      if (parameter.in === 'header' && !/^[\x21-\x7e]*$/.test(value)) return;
      values.set(parameter, value);
      invalid = !isAllowed(parameter.schema, value);
    } else if (operation.parameters.some((parameter) => parameter.in === 'query')) {
      const known = operation.parameters.map(({ name }) => name);
      const name = random.pick(['zzz', '__proto__', 'limit[]', known[0]!.toUpperCase()]);
      extra.push([name, '1']);
      invalid = !known.includes(name);
    }
    await this.#send(this.#sentOf(draft, { extra }), { operation, invalid });
  }

  /** What is wrong whatever the operation. */
  async #playWrong(): Promise<unknown> {
    const random = this.#random;
    const draft = this.#draft(random.pick(this.#document.operations));
    const { operation } = draft;
    const sent = this.#sentOf(draft);
    const { authorization: _, ...anonymous } = sent.headers;
    const json = { ...sent.headers, 'content-type': 'application/json' };
    const refused = (statuses: number[]) => ({ operation, invalid: true, statuses });
    switch (random.below(8)) {
      case 0:
        return this.#send(
          { ...sent, path: `${sent.path.split('?', 1)[0]}/none/none/none` },
          { operation: null, invalid: true, statuses: [404] },
        );
      case 1: {
        const others = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS'].filter(
          (method) => !this.#document.operations.some((own) => own.method === method && own.path === operation.path),
        );
        return this.#send(
          { ...sent, method: random.pick(others), headers: anonymous },
          { operation: null, invalid: true, statuses: [405] },
        );
      }
      case 2:
        if (operation.public) return;
        return this.#send({ ...sent, headers: anonymous }, refused([401]));
      case 3: {
        if (operation.public) return;
        const words = [
          'Bearer',
          'Bearer x',
          `Bearer mk_abcd_${'A'.repeat(43)}`,
          'Basic YTpi',
          `${sent.headers.authorization}x`,
        ];
        return this.#send({ ...sent, headers: { ...sent.headers, authorization: random.pick(words) } }, refused([401]));
      }
      case 4:
        // Reading is enough to have a policy act.
        if (operation.method === 'GET' || operation.path.endsWith('/act')) return;
        return this.#send({ ...sent, headers: { ...sent.headers, ...this.#keys.reader } }, refused([403]));
      case 5: {
        if (operation.body === null) return;
        const body = random.pick(['{', '{"spec":}', '[1,', '\u0000', 'spec', '{"a":1}}', '']);
        // Whoever acts reads the body, if there is one who does.
        const statuses = operation.path.endsWith('/act') ? [400, 404] : [400];
        return this.#send({ ...sent, headers: json, body }, refused(statuses));
      }
      case 6: {
        if (operation.body === null) return;
        const type = random.pick([
          'text/plain',
          'application/xml',
          'application/x-www-form-urlencoded',
          'multipart/form-data',
          'x',
        ]);
        return this.#send({ ...sent, headers: { ...json, 'content-type': type } }, refused([415, 400]));
      }
      default: {
        if (operation.body === null) return;
        const body = JSON.stringify({ spec: 'x'.repeat(2 ** 20) });
        return this.#send({ ...sent, headers: json, body }, refused([413]));
      }
    }
  }

  /** A job from its launch to its end, each answer as its state has it. */
  async #playChain(): Promise<void> {
    const random = this.#random;
    const job = await this.#launch();
    if (job === null) return;
    const train = (): Promise<void> => this.#train(job);
    const steps = [
      train,
      () => this.#steer(job, 'pause', 'paused', ['queued', 'running', 'paused']),
      () => this.#steer(job, 'resume', 'queued', ['queued', 'running', 'paused']),
      () => this.#steer(job, 'cancel', 'cancelled', ['queued', 'running', 'paused', 'cancelled']),
      () => this.#edit(job),
      () => this.#fork(job),
      () => this.#read(job, random.pick(['', '/metrics', '/timeline', '/checkpoints', '/report', '/events'])),
      () => this.#read(job, '/metrics?names=return,policyLoss&points=4'),
    ];
    for (let count = 2 + random.below(5); count > 0; count--) await random.pick(steps)();
    if (random.chance(0.7)) await this.#remove(job);
  }

  async #launch(): Promise<JobModel | null> {
    const draft = this.#draft(this.#document.find('POST', '/v1/jobs'));
    for (const parameter of draft.values.keys()) draft.values.delete(parameter);
    const key = this.#random.chance(0.5) ? { 'idempotency-key': `key-${this.requests}` } : {};
    const sent = this.#sentOf(draft, { headers: { ...key, ...this.#keys.owner } });
    const answer = await this.#send(sent, { operation: draft.operation, invalid: false, statuses: [201] });
    if (answer.status !== 201) return null;
    const { id } = JSON.parse(answer.text) as { id: string };
    this.#jobs.push(id);
    const job = { id, state: 'queued', etag: answer.headers.etag ?? '' };
    if ('idempotency-key' in key) {
      await this.#send(sent, { operation: draft.operation, invalid: false, statuses: [200] });
      const other = { ...sent, body: JSON.stringify({ ...(draft.body as object), labels: { other: 'yes' } }) };
      await this.#send(other, { operation: draft.operation, invalid: true, statuses: [422] });
    }
    return job;
  }

  async #steer(job: JobModel, verb: string, state: string, from: readonly string[]): Promise<void> {
    const possible = from.includes(job.state);
    const answer = await this.#ofJob(job, 'POST', `/${verb}`, { statuses: [possible ? 202 : 409] });
    if (answer.status !== 202) return;
    if (job.state !== 'running' || verb !== 'resume') job.state = state;
    job.etag = answer.headers.etag ?? '';
  }

  async #edit(job: JobModel): Promise<void> {
    const body = { labels: { run: String(this.requests) } };
    const tried = this.#random.below(3);
    if (tried === 0) await this.#ofJob(job, 'PATCH', '', { body, statuses: [428] });
    if (tried === 1) await this.#ofJob(job, 'PATCH', '', { body, headers: { 'if-match': '"0"' }, statuses: [412] });
    if (tried < 2) return;
    const { headers } = await this.#ofJob(job, 'GET', '', { statuses: [200] });
    await this.#ofJob(job, 'PATCH', '', { body, headers: { 'if-match': headers.etag ?? '' }, statuses: [200] });
  }

  async #fork(job: JobModel): Promise<void> {
    const saved = await createFileCheckpointStore(join(this.#api.context.options.checkpointFolder, job.id)).list();
    const answer = await this.#ofJob(job, 'POST', '/fork', { body: {}, statuses: [saved.length > 0 ? 201 : 422] });
    if (answer.status === 201) this.#jobs.push((JSON.parse(answer.text) as { id: string }).id);
  }

  async #read(job: JobModel, rest: string): Promise<void> {
    await this.#ofJob(job, 'GET', rest, { statuses: [200] });
  }

  async #remove(job: JobModel): Promise<void> {
    const ended = ['succeeded', 'failed', 'cancelled'].includes(job.state);
    await this.#ofJob(job, 'DELETE', '', { statuses: [ended ? 204 : 409] });
    if (!ended) return;
    await this.#ofJob(job, this.#random.pick(['GET', 'DELETE']), '', { statuses: [404] });
    this.#jobs.splice(this.#jobs.indexOf(job.id), 1);
  }

  /** What a learner does meanwhile. */
  async #train(job: JobModel): Promise<void> {
    if (job.state !== 'queued' && job.state !== 'running') return;
    const { broker, context } = this.#api;
    const stored = await broker.jobs.get(job.id);
    if (stored === null) return;
    const state = this.#random.pick(['running', 'running', 'succeeded', 'failed'] as const);
    const weights = { name: 'weights', dtype: 'f32', shape: [2], bytes: new Uint8Array(8) } as const;
    await told.tell(broker, job.id, [told.started(), told.evaluation(0), told.iteration(1), told.iteration(2)]);
    await createFileCheckpointStore(join(context.options.checkpointFolder, job.id)).save(
      { iteration: 2, facts: {}, tensors: [weights] },
      3,
    );
    await told.tell(broker, job.id, [told.checkpoint(2)]);
    if (state === 'succeeded') await told.tell(broker, job.id, [told.finished(2)]);
    if (state === 'failed') await told.tell(broker, job.id, [told.failed()]);
    const failure = { code: 'ENV_FAILED', message: 'it did not work', retryable: false, data: {} };
    await broker.jobs.compareAndSet(stored.revision, {
      ...stored.record,
      state,
      ...(state === 'failed' ? { failure: JSON.stringify(failure) } : {}),
    });
    job.state = state;
  }

  async #ofJob(
    job: JobModel,
    method: string,
    rest: string,
    { body, headers = {}, statuses }: { body?: object; headers?: Record<string, string>; statuses: number[] },
  ): Promise<Answer> {
    const operation = this.#document.find(method, `/v1/jobs/{jobId}${rest.split('?', 1)[0]}`);
    return this.#send(
      {
        method,
        path: `/v1/jobs/${job.id}${rest}`,
        headers: {
          ...this.#keys.owner,
          ...headers,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      },
      { operation, invalid: false, statuses },
    );
  }

  /** A request of which every part is as declared. */
  #draft(operation: Operation): Draft {
    const random = this.#random;
    const values = new Map<Parameter, string>();
    for (const parameter of operation.parameters) {
      if (parameter.in === 'path') values.set(parameter, this.#pathPart(parameter));
      else if (random.chance(0.4)) values.set(parameter, goodText(parameter, random));
    }
    return { operation, values, body: operation.body === null ? undefined : this.#body(operation) };
  }

  #pathPart({ name }: Parameter): string {
    const random = this.#random;
    if (name === 'jobId') return this.#jobs.length > 0 && random.chance(0.9) ? random.pick(this.#jobs) : 'nothing';
    if (name === 'name') return random.pick(['fuzzed', 'fuzzed', 'other', 'none']);
    if (name === 'iteration') return random.pick(['2', '2', '7']);
    return random.pick(['median-v1', 'ppo', 'matrix-v1', 'none']);
  }

  #body({ path }: Operation): unknown {
    const random = this.#random;
    if (path.endsWith('/act')) {
      const sample = random.chance(0.5) ? { sample: true, seed: 3 } : {};
      return random.chance(0.5) ? { observation: [0.5], ...sample } : { observations: [[0.5], [1]], ...sample };
    }
    if (path.endsWith('/policies/{name}')) {
      return { job: TRAINED_JOB, checkpoint: random.pick([2, 4, 'newest']), policy: 'agent-0' };
    }
    const labels = random.chance(0.3) ? { labels: { team: random.pick(['red', 'blue']) } } : {};
    if (path.endsWith('/fork'))
      return {
        ...labels,
        ...(random.chance(0.5) ? { iteration: 2 } : {}),
        ...(random.chance(0.5) ? { spec: { seed: 7 } } : {}),
      };
    if (path !== '/v1/jobs')
      return random.pick([{ name: 'renamed' }, { labels: { a: 'b' } }, { stop: { iterations: 50 } }]);
    const small = {
      name: random.pick(['one', 'two']),
      seed: random.below(100),
      env: random.pick([{ id: 'median-v1', options: { steps: 12 } }, { id: 'median-v1' }]),
      policies: { '*': { network: { hidden: [8] } } },
      algorithm: { id: 'ppo', options: { epochs: 2 } },
      rollout: { shards: 2, envsPerShard: 2, horizon: 8 },
      stop: { iterations: 5 },
    };
    const spec = random.pick([small, { env: small.env, seed: small.seed }, random.pick(this.#specs)]);
    return { spec, ...labels };
  }

  #sentOf(
    { operation, values, body }: Draft,
    { extra = [], headers = {} }: { extra?: [string, string][]; headers?: Record<string, string> } = {},
  ): Sent {
    const valuesIn = (place: Parameter['in']): [string, string][] =>
      [...values].filter(([parameter]) => parameter.in === place).map(([{ name }, value]) => [name, value]);
    const query = new URLSearchParams([...valuesIn('query'), ...extra]).toString();
    let { path } = operation;
    for (const [name, value] of valuesIn('path')) path = path.replace(`{${name}}`, encodeURIComponent(value));
    return {
      method: operation.method,
      path: query === '' ? path : `${path}?${query}`,
      headers: {
        ...this.#keys.admin,
        ...Object.fromEntries(valuesIn('header')),
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
  }

  async #send(sent: Sent, expected: Omit<Expected, 'secrets'>): Promise<Answer> {
    this.requests++;
    if (expected.invalid) this.invalid++;
    const answer = await this.#exchange.send(sent);
    const { status } = answer;
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    const { operation } = expected;
    if (operation !== null) this.seen.add(`${operation.method} ${operation.path} ${status}`);
    const faults = faultsOf(this.#document, answer, { ...expected, secrets: this.#secrets });
    if (faults.length > 0) {
      this.faults.push({
        request: this.requests,
        sent: short(sent),
        status,
        answer: answer.text.slice(0, 500),
        faults,
      });
    }
    return answer;
  }
}

const short = (sent: Sent): Sent => (sent.body === undefined ? sent : { ...sent, body: sent.body.slice(0, 1000) });
