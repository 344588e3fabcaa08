import { randomFillSync } from 'node:crypto';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createBrokerKeyStore, createFileKeyStore } from '../../../../services/api/security/key-stores.js';
import { mintKey, parseKeyText, secretFits } from '../../../../services/api/security/keys.js';
import { hostOf, isLoopback } from '../../../../services/api/security/loopback.js';
import { allows } from '../../../../services/api/security/principal.js';
import { createMemoryBroker } from '../../../../src/broker/index.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';

const mint = () => mintKey({ owner: 'ada', scopes: ['launch'], createdAt: 5 }, (bytes) => randomFillSync(bytes));

describe('an API key', () => {
  it('is mk_, an id and a secret of 256 bits, of which only the hash is kept', () => {
    const { key, text } = mint();
    const parts = parseKeyText(text)!;
    expect(Buffer.from(parts.secret, 'base64url')).toHaveLength(32);
    expect(parts.keyId).toBe(key.keyId);
    expect(JSON.stringify(key)).not.toContain(parts.secret);
    expect(secretFits(parts.secret, key)).toBe(true);
    expect(mint().text).not.toBe(text);
  });

  it('fits no other secret, and no secret fits where there is no key', () => {
    const { key } = mint();
    const other = parseKeyText(mint().text)!.secret;
    expect(secretFits(other, key)).toBe(false);
    expect(secretFits(other, null)).toBe(false);
  });

  it.each([
    '',
    'mk_',
    'mk_abcd_short',
    'mk_ABCD_'.padEnd(60, 'a'),
    `xx_abcd_${'a'.repeat(43)}`,
    `mk_../..${'a'.repeat(43)}`,
  ])('is not %j', (text) => {
    expect(parseKeyText(text)).toBe(null);
  });

  it('allows what its scopes include', () => {
    expect(allows({ scopes: ['launch'] }, 'read')).toBe(true);
    expect(allows({ scopes: ['read'] }, 'launch')).toBe(false);
    expect(allows({ scopes: ['admin'] }, 'launch')).toBe(true);
    expect(allows({ scopes: [] }, 'read')).toBe(false);
  });
});

describe.each([
  ['a broker', () => createBrokerKeyStore(createMemoryBroker().credentials)],
  ['a file', () => createFileKeyStore(join(temporaryFolder(), 'sub', 'keys'))],
])('keys in %s', (_, create) => {
  it('are kept, listed and forgotten', async () => {
    const store = create();
    const [one, two] = [mint().key, mint().key];
    expect(await store.list()).toEqual([]);
    await store.put(one);
    await store.put(two);
    expect(await store.get(one.keyId)).toEqual(one);
    expect((await store.list()).map(({ keyId }) => keyId)).toEqual([one.keyId, two.keyId].sort());
    expect(await store.remove(one.keyId)).toBe(true);
    expect(await store.remove(one.keyId)).toBe(false);
    expect(await store.get(one.keyId)).toBe(null);
  });
});

describe('a file of keys', () => {
  it('is for its owner’s eyes only, and refused where it holds something else', async () => {
    const path = join(temporaryFolder(), 'keys');
    const store = createFileKeyStore(path);
    await store.put(mint().key);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    writeFileSync(path, `${readFileSync(path, 'utf8')}{"keyId":"x"}\n`);
    chmodSync(path, 0o600);
    await expect(store.list()).rejects.toMatchObject({ code: 'API_KEYS_UNREADABLE' });
  });
});

describe('loopback', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['::', false],
    ['127.0.0.1.evil.example', false],
    ['10.0.0.1', false],
  ])('%s: %s', (host, is) => {
    expect(isLoopback(host)).toBe(is);
  });

  it.each([
    ['localhost:80', 'localhost'],
    ['[::1]:7373', '[::1]'],
    ['A.example', 'a.example'],
    ['a b', null],
    ['', null],
    [undefined, null],
  ])('the host of %j is %j', (header, host) => {
    expect(hostOf(header)).toBe(host);
  });
});
