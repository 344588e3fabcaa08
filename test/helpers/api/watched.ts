import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Broker, StoredJob } from '../../../src/broker/index.js';
import { resolve, smallJob } from '../training.js';
import { parseEvents, type StreamEvent } from './event-stream.js';
import type { TestApi } from './server.js';

/** Stores a job as launching it would, and gives its id. */
export async function submitJob(broker: Broker, part: Partial<StoredJob['record']> = {}): Promise<string> {
  const jobId = part.jobId ?? 'job';
  const spec = JSON.stringify(resolve(smallJob));
  await broker.jobs.submit({ jobId, state: 'queued', spec, createdAt: 1000, updatedAt: 1000, ...part });
  return jobId;
}

/** The address at which the server then listens. */
export async function listen({ app }: TestApi): Promise<string> {
  await app.listen({ host: '127.0.0.1', port: 0 });
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
}

/** A stream of events over a connection of its own, read as it comes. */
export class EventReader {
  readonly response: IncomingMessage;
  readonly #looks = new Set<() => void>();
  #text = '';
  ended = false;

  private constructor(response: IncomingMessage) {
    this.response = response.setEncoding('utf8');
    response.on('data', (text: string) => {
      this.#text += text;
      this.#look();
    });
    response.on('error', () => {});
    response.on('close', () => {
      this.ended = true;
      this.#look();
    });
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<EventReader> {
    const sent = get(url, { agent: false, headers: { accept: 'text/event-stream', ...headers } });
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return new EventReader(response);
  }

  get status(): number | undefined {
    return this.response.statusCode;
  }

  get text(): string {
    return this.#text;
  }

  get events(): StreamEvent[] {
    return parseEvents(this.#text.slice(0, this.#text.lastIndexOf('\n\n') + 2));
  }

  /** Resolves once what was read makes `look` true. */
  until(look: (reader: EventReader) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const again = (): void => {
        if (!look(this)) return;
        this.#looks.delete(again);
        resolve();
      };
      this.#looks.add(again);
      again();
    });
  }

  close(): void {
    this.response.destroy();
  }

  #look(): void {
    for (const look of [...this.#looks]) look();
  }
}
