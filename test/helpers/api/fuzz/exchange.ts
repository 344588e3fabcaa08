import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Sent {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Without its parameters. */
  readonly type: string;
  /** Empty where the answer is a stream of events, which was closed when it began. */
  readonly text: string;
}

/** Sends requests over kept connections, as they are: no client puts anything right. */
export class Exchange {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });

  constructor(port: number) {
    this.#port = port;
  }

  async send({ method, path, headers, body }: Sent): Promise<Answer> {
    const sending = request({
      host: '127.0.0.1',
      port: this.#port,
      agent: this.#agent,
      method,
      path,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }) },
    });
    sending.end(body);
    const [response] = (await once(sending, 'response')) as [IncomingMessage];
    const type = (response.headers['content-type'] ?? '').split(';', 1)[0]!;
    const streams = type === 'text/event-stream';
    if (streams) response.destroy();
    return {
      status: response.statusCode!,
      headers: response.headers,
      type,
      text: streams ? '' : await text(response),
    };
  }

  close(): void {
    this.#agent.destroy();
  }
}
