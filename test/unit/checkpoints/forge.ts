import { createHash } from 'node:crypto';

export interface Forgery {
  readonly magic?: string;
  readonly version?: number;
  /** What the file says its header's length is; by default the truth. */
  readonly headerBytes?: number;
  readonly dataBytes?: number;
}

/** A checkpoint file with any header and a checksum that is right. */
export function forge(header: unknown, forgery: Forgery = {}): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(16);
  prefix.write(forgery.magic ?? 'MARLINCK', 'latin1');
  prefix.writeUInt32LE(forgery.version ?? 1, 8);
  prefix.writeUInt32LE(forgery.headerBytes ?? json.length, 12);
  const padding = Buffer.alloc((64 - ((16 + json.length) % 64)) % 64);
  const body = Buffer.concat([prefix, json, padding, Buffer.alloc(forgery.dataBytes ?? 0)]);
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}
