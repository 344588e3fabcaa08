import { createHash, timingSafeEqual } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { SCOPES, type Scope } from './principal.js';

/** An API key as it is stored: never its secret, which has 256 random bits, so that one round of SHA-256 keeps it safe. */
export const ApiKey = Type.Object(
  {
    keyId: Type.String({ pattern: '^[a-z0-9]{4,32}$' }),
    /** Who it belongs to; several keys may belong to one. */
    owner: Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,63}$' }),
    scopes: Type.Array(Type.Enum(SCOPES), { minItems: 1, maxItems: SCOPES.length }),
    /** SHA-256 of the secret, hexadecimal. */
    hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    /** Milliseconds since the epoch. */
    createdAt: Type.Number(),
    /** From when on it is refused, milliseconds since the epoch. */
    expiresAt: Type.Optional(Type.Number()),
  },
  { additionalProperties: false },
);
export type ApiKey = Static<typeof ApiKey>;

/** Where keys are kept: in Redis for a fleet, in a file where everything runs in one process. */
export interface KeyStore {
  put(key: ApiKey): Promise<void>;
  get(keyId: string): Promise<ApiKey | null>;
  /** By id. */
  list(): Promise<readonly ApiKey[]>;
  /** Tells whether there was one. */
  remove(keyId: string): Promise<boolean>;
}

const SECRET_BYTES = 32;
const KEY_ID_BYTES = 8;
const KEY_TEXT = /^mk_([a-z0-9]{4,32})_([A-Za-z0-9_-]{43})$/;

export interface NewKey {
  readonly owner: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  readonly expiresAt?: number;
}

/** A new key: what is stored, and the text that its holder sends, which nobody can find out later. `fillRandom` fills the bytes
 *  with unpredictable values. */
export function mintKey(
  { owner, scopes, createdAt, expiresAt }: NewKey,
  fillRandom: (bytes: Uint8Array) => Uint8Array,
): { readonly key: ApiKey; readonly text: string } {
  const keyId = Buffer.from(fillRandom(new Uint8Array(KEY_ID_BYTES))).toString('hex');
  const secret = Buffer.from(fillRandom(new Uint8Array(SECRET_BYTES))).toString('base64url');
  const key = { keyId, owner, scopes: [...scopes], hash: hashOf(secret).toString('hex'), createdAt };
  return { key: expiresAt === undefined ? key : { ...key, expiresAt }, text: `mk_${keyId}_${secret}` };
}

/** The parts of a key's text, or null if it is none. */
export function parseKeyText(text: string): { readonly keyId: string; readonly secret: string } | null {
  const [, keyId, secret] = KEY_TEXT.exec(text) ?? [];
  return keyId === undefined || secret === undefined ? null : { keyId, secret };
}

/** Whether the secret is the key's, in a time that does not depend on how much of it is right. Without a key it takes as long. */
export function secretFits(secret: string, key: ApiKey | null): boolean {
  const wanted = key === null ? Buffer.alloc(SECRET_BYTES) : Buffer.from(key.hash, 'hex');
  return timingSafeEqual(hashOf(secret), wanted) && key !== null;
}

/** A stored key, or null where the text is none. */
export function readKey(text: string): ApiKey | null {
  try {
    const value: unknown = JSON.parse(text);
    return Value.Check(ApiKey, value) ? value : null;
  } catch {
    return null;
  }
}

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();
