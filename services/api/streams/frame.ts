import type { JobEvent } from '../../../src/broker/index.js';

/** An event of a job as it goes over the wire (WHATWG HTML 9.2): made once, and sent to everybody who watches the job. */
export interface Frame {
  readonly sequence: number;
  readonly type: string;
  readonly bytes: Buffer;
}

/** `id` is the event's sequence, `event` its type, `data` its payload with its sequence and time (milliseconds since the epoch). */
export function frameOf({ sequence, at, type, payload }: JobEvent): Frame {
  const told = payload.startsWith('{') && payload !== '{}' ? `,${payload.slice(1)}` : '}';
  const data = `{"sequence":${sequence},"at":${at}${told}`;
  return { sequence, type, bytes: Buffer.from(`id: ${sequence}\nevent: ${plain(type)}\ndata: ${oneLine(data)}\n\n`) };
}

/** An event that is not of the history: it has no `id`, so that it changes nothing of where a stream is resumed, unless it says
 *  where that is. */
export function noticeOf(type: string, data: object, id?: number): Buffer {
  return Buffer.from(`${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
}

/** Says nothing, so that whoever is between does not take the connection for dead. */
export const HEARTBEAT = Buffer.from(':\n\n');

const plain = (type: string): string => (/^[\w.-]{1,64}$/.test(type) ? type : 'message');

/** JSON has no line break but between its parts. */
const oneLine = (json: string): string => json.replace(/[\r\n]+/g, ' ');
