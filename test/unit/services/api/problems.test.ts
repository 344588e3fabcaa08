import { describe, expect, it } from 'vitest';
import { API_ERRORS } from '../../../../services/api/errors.js';
import { problemOf, STATUS_OF_CODE } from '../../../../services/api/problems.js';
import { MarlinError } from '../../../../src/base/index.js';
import { BROKER_ERRORS } from '../../../../src/broker/index.js';
import { CHECKPOINT_ERRORS } from '../../../../src/checkpoints/index.js';
import { ENV_ERRORS } from '../../../../src/envs/index.js';
import { EXPORT_ERRORS } from '../../../../src/export/errors.js';
import { JOB_ERRORS } from '../../../../src/jobs/index.js';
import { SERVING_ERRORS } from '../../../../src/serving/index.js';

/** Codes that no request ends with: those of starting a server and of the command line. */
const NOT_OF_REQUESTS = ['API_KEYS_MISSING', 'API_KEY_UNKNOWN', 'API_KEYS_UNREADABLE', 'API_ADDRESS_UNAVAILABLE'];

const declared = {
  ...API_ERRORS,
  ...BROKER_ERRORS,
  ...CHECKPOINT_ERRORS,
  ...ENV_ERRORS,
  ...EXPORT_ERRORS,
  ...JOB_ERRORS,
  ...SERVING_ERRORS,
};

describe('problems', () => {
  it('have a status for every code of the API, and name no code that nobody declares', () => {
    const missing = Object.keys(API_ERRORS).filter((code) => !(code in STATUS_OF_CODE));
    expect(missing.sort()).toEqual([...NOT_OF_REQUESTS].sort());
    expect(Object.keys(STATUS_OF_CODE).filter((code) => !(code in declared))).toEqual([]);
  });

  it.each(Object.entries(STATUS_OF_CODE))('%s is %i', (code, status) => {
    const { body, status: answered } = problemOf(new MarlinError(code, 'what happened', status === 503), 'r1');
    expect(answered).toBe(status);
    expect(body).toMatchObject({ type: `urn:marlin:error:${code}`, status, code, requestId: 'r1' });
    expect(body.title).toMatch(/\.$/);
  });

  it.each([
    ['an error that nobody foresaw', new TypeError('secret of a disk')],
    ['an error of a room that is no caller’s business', new MarlinError('BROKER_REDIS_FAILED', 'secret', false)],
    ['an error that is none', 'secret'],
  ])('say nothing of %s', (_, error) => {
    const answer = problemOf(error, 'r1');
    expect(answer.status).toBe(500);
    expect(answer.body.code).toBe('API_INTERNAL');
    expect(JSON.stringify(answer)).not.toMatch(/secret|stack|\.ts/);
  });

  it.each([
    [{ code: 'FST_ERR_HANDLER_TIMEOUT', statusCode: 503 }, 503, 'API_DEADLINE_EXCEEDED'],
    [{ code: 'FST_ERR_CTP_BODY_TOO_LARGE', statusCode: 413 }, 413, 'API_BODY_TOO_LARGE'],
    [{ code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE', statusCode: 415 }, 415, 'API_MEDIA_TYPE_UNSUPPORTED'],
    [
      { code: 'FST_ERR_CTP_INVALID_JSON_BODY', statusCode: 400, message: 'Body is not valid JSON' },
      400,
      'API_REQUEST_INVALID',
    ],
  ])('translate the framework’s %o', (error, status, code) => {
    const answer = problemOf(Object.assign(new Error(), error), 'r1');
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it('tell when to try again, what to send, and what is possible', () => {
    const headers = (code: string, data = {}) => problemOf(new MarlinError(code, 'x', true, { data }), 'r').headers;
    expect(headers('BROKER_UNAVAILABLE')).toEqual({ 'retry-after': '1' });
    expect(headers('API_RATE_EXCEEDED', { seconds: 17 })).toEqual({ 'retry-after': '17' });
    expect(headers('API_KEY_REQUIRED')).toEqual({ 'www-authenticate': 'Bearer realm="marlin"' });
    expect(headers('API_METHOD_NOT_ALLOWED', { allow: 'GET' })).toEqual({ allow: 'GET' });
  });
});
