import { describe, expect, it } from 'vitest';
import { createProcessLogger, type LogLevel, maskUrl, maskUrlsIn } from '../../../../services/process/index.js';
import { type Logger, MarlinError } from '../../../../src/base/index.js';

function logged(level: LogLevel, write: (logger: Logger) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  write(createProcessLogger({ service: 'actor', level, destination: { write: (line) => lines.push(line) } }));
  for (const line of lines) expect(line).toMatch(/^\{.*\}\n$/);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the logger of a process', () => {
  it('writes lines of JSON that say what, when and who', () => {
    const [line] = logged('info', (logger) => logger.info({ jobId: 'j1', count: 3 }, 'a job\nwas taken'));
    expect(line).toMatchObject({ level: 'info', service: 'actor', pid: process.pid, jobId: 'j1', count: 3 });
    expect(line).toMatchObject({ msg: 'a job\nwas taken', host: expect.any(String) });
    expect(line?.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it.each<[LogLevel, string[]]>([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
    ['silent', []],
  ])('at level %s writes %j', (level, expected) => {
    const lines = logged(level, (logger) => {
      for (const method of ['debug', 'info', 'warn', 'error'] as const) logger[method]({}, 'hello');
    });
    expect(lines.map((line) => line.level)).toEqual(expected);
  });

  it.each(['error', 'err', 'reason'])('writes an error under %s with its code, data and causes', (name) => {
    const system = Object.assign(new Error('connect ECONNREFUSED'), {
      code: 'ECONNREFUSED',
      command: ['AUTH', 'hunter2'],
    });
    const error = new MarlinError('BROKER_UNAVAILABLE', 'Redis is away', true, { data: { tries: 2 }, cause: system });
    const [line] = logged('info', (logger) => logger.warn({ [name]: error }, 'no luck'));
    expect(line?.[name]).toMatchObject({
      code: 'BROKER_UNAVAILABLE',
      message: 'Redis is away',
      retryable: true,
      data: { tries: 2 },
      stack: expect.stringContaining('logging.test.ts'),
      cause: { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' },
    });
    expect(JSON.stringify(line)).not.toContain('hunter2');
  });

  it('ends the causes of an error that is its own cause', () => {
    const error = new Error('loop');
    error.cause = error;
    expect(logged('info', (logger) => logger.error({ error }, 'around'))).toHaveLength(1);
  });

  it('hides the passwords of URLs wherever they stand', () => {
    const url = 'rediss://default:hunter2@redis.example:6379/0';
    const error = new Error(`cannot reach ${url}`);
    const [line] = logged('info', (logger) => logger.error({ url, deep: [{ url }], error }, `gave up on ${url}`));
    expect(JSON.stringify(line)).not.toContain('hunter2');
    expect(line).toMatchObject({
      url: 'rediss://***@redis.example:6379/0',
      deep: [{ url: 'rediss://***@redis.example:6379/0' }],
      msg: 'gave up on rediss://***@redis.example:6379/0',
    });
  });
});

describe('masking', () => {
  it.each([
    ['redis://host:1/0', 'redis://host:1/0'],
    ['redis://:p@host', 'redis://***@host'],
    ['redis://p@ss:w@rd@host', 'redis://***@host'],
    ['redis:p@host', 'redis:***@host'],
    ['redis://host?db=1&password=a&auth_token=b#c', 'redis://host?db=1&password=***&auth_token=***#c'],
  ])('of the URL %s gives %s', (url, masked) => {
    expect(maskUrl(url)).toBe(masked);
  });

  it.each([
    ['at redis://u:p@one and redis://u:p@@two', 'at redis://***@one and redis://***@two'],
    [
      'file:///app/node_modules/@scope/x.js of me@example.org',
      'file:///app/node_modules/@scope/x.js of me@example.org',
    ],
    ['{"a":"redis://host","b":"x@y"}', '{"a":"redis://host","b":"x@y"}'],
  ])('of the text %s gives %s', (text, masked) => {
    expect(maskUrlsIn(text)).toBe(masked);
  });
});
