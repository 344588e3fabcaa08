import { expect, test } from 'vitest';
import type { TaskFailure } from '../../../src/broker/index.js';
import { taskError } from '../../../src/training/failure.js';

const refused = (outcome: string): TaskFailure => ({
  code: 'TRAINING_COMMIT_REFUSED',
  message: 'shard 1, batch 36',
  retryable: true,
  data: { outcome, cursor: 35 },
});

test('a job whose broker has lost a batch goes on from its checkpoint', () => {
  expect(taskError(1, 36, refused('gap'))).toMatchObject({ retryable: true, data: { shard: 1, k: 36, cursor: 35 } });
});

test.each([refused('full'), { code: 'ENV_THREW', message: 'no', retryable: true, data: {} }])(
  'a job whose task fails again and again ends: $code $data.outcome',
  (failure) => {
    expect(taskError(1, 36, failure)).toMatchObject({ code: failure.code, retryable: false });
  },
);
