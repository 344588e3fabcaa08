import assert from 'node:assert/strict';
import type { Check } from './check.js';
import { assertCode } from './making.js';

export const CREDENTIAL_CHECKS: readonly Check[] = [
  {
    name: 'credentials: are stored, replaced, listed by id and forgotten',
    async check({ credentials }) {
      assert.deepEqual(await credentials.list(), []);
      assert.equal(await credentials.get('a'), null);
      for (const keyId of ['b', '__proto__', 'a']) await credentials.put({ keyId, credential: `{"of":"${keyId}"}` });
      await credentials.put({ keyId: 'a', credential: '{}' });
      assert.deepEqual(await credentials.get('a'), { keyId: 'a', credential: '{}' });
      assert.deepEqual(
        (await credentials.list()).map(({ keyId }) => keyId),
        ['__proto__', 'a', 'b'],
      );
      assert.equal(await credentials.remove('a'), true);
      assert.equal(await credentials.remove('a'), false);
      assert.equal(await credentials.get('a'), null);
      await assertCode(credentials.put({ keyId: 'a b', credential: '{}' }), 'BROKER_ARGUMENT_INVALID');
    },
  },
];
