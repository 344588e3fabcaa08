import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defineSettings, helpText, type Setting } from '../../../../services/process/index.js';
import { MarlinError } from '../../../../src/base/index.js';

const parseOne = (setting: Setting, text?: string) => defineSettings({ NAME: setting }).parse({ NAME: text }).NAME;

function faultsOf(parse: () => unknown): readonly string[] {
  try {
    parse();
  } catch (error) {
    if (!(error instanceof MarlinError)) throw error;
    expect(error.code).toBe('SETTINGS_INVALID');
    for (const fault of error.data.faults as string[]) expect(error.message).toContain(fault);
    return error.data.faults as string[];
  }
  return [];
}

const description = 'Something.';
const url = { type: 'url', protocols: ['redis:', 'rediss:'], description } as const;
const enumeration = { type: 'enum', values: ['debug', 'info'], description } as const;
const port = { type: 'integer', minimum: -1, maximum: 65535, description } as const;

describe('a setting', () => {
  it.each<[Setting, string, unknown]>([
    [{ type: 'string', description }, ' some text ', 'some text'],
    [port, '-1', -1],
    [port, '65535', 65535],
    [{ type: 'integer', description }, '9007199254740991', Number.MAX_SAFE_INTEGER],
    [{ type: 'number', description }, '.5e1', 5],
    [{ type: 'number', minimum: -1, description }, '-0.25', -0.25],
    [{ type: 'duration', description }, '2147483647', 2147483647],
    [{ type: 'boolean', description }, 'true', true],
    [{ type: 'boolean', description }, '1', true],
    [{ type: 'boolean', description }, 'false', false],
    [{ type: 'boolean', description }, '0', false],
    [{ type: 'path', description }, 'runs/here', resolve('runs/here')],
    [{ type: 'path', description }, '/data', '/data'],
    [{ type: 'list', description }, ' a.js, ,b.js,', ['a.js', 'b.js']],
    [url, 'rediss://user:secret@host:6380/2?family=6', 'rediss://user:secret@host:6380/2?family=6'],
    [enumeration, 'debug', 'debug'],
  ])('%j takes %j', (setting, text, value) => {
    expect(parseOne(setting, text)).toEqual(value);
  });

  it.each<[Setting, string, string]>([
    [port, '65536', 'NAME is "65536": give a whole number from -1 to 65535.'],
    [port, '-2', 'NAME is "-2": give a whole number from -1 to 65535.'],
    [port, '1.5', 'NAME is "1.5": give a whole number from -1 to 65535.'],
    [port, '1e3', 'NAME is "1e3": give a whole number from -1 to 65535.'],
    [port, '0x10', 'NAME is "0x10": give a whole number from -1 to 65535.'],
    [{ type: 'integer', description }, '9007199254740993', 'NAME is "9007199254740993": give a whole number from 0.'],
    [{ type: 'number', description }, 'NaN', 'NAME is "NaN": give a number from 0.'],
    [{ type: 'number', description }, '1e999', 'NAME is "1e999": give a number from 0.'],
    [{ type: 'duration', description }, '10s', 'NAME is "10s": give whole milliseconds from 0 to 2147483647.'],
    [
      { type: 'duration', description },
      '2147483648',
      'NAME is "2147483648": give whole milliseconds from 0 to 2147483647.',
    ],
    [{ type: 'boolean', description }, 'yes', 'NAME is "yes": give true or false.'],
    [{ type: 'path', description }, 'a\0b', 'NAME is "a\\u0000b": give a path.'],
    [enumeration, 'INFO', 'NAME is "INFO": give one of debug, info.'],
    [enumeration, 'toString', 'NAME is "toString": give one of debug, info.'],
    [{ type: 'boolean', description }, 'x'.repeat(200), `NAME is "${'x'.repeat(79)}…": give true or false.`],
  ])('%j refuses %j', (setting, text, fault) => {
    expect(faultsOf(() => parseOne(setting, text))).toEqual([fault]);
  });

  it.each([
    ['http://user:hunter2@host', '"http://***@host"'],
    ['redis://', '"redis://"'],
    ['redis:///0', '"redis:///0"'],
    ['redis://host:port', '"redis://host:port"'],
    // A password that is not encoded moves the host: 12 would be the port and the rest a path.
    ['redis://user:12/hunter2@host', '"redis://***@host"'],
    ['redis://user:12#hunter2@host', '"redis://***@host"'],
    ['redis://:hun/ter2@host', '"redis://***@host"'],
    ['"redis://:hunter2@host"', 'no URL (it is not shown: it may be a secret)'],
    ['hunter2', 'no URL (it is not shown: it may be a secret)'],
    ['user:hunter2@host', 'no URL (it is not shown: it may be a secret)'],
    ['http://host/?password=hunter2', '"http://host/?password=***"'],
  ])('refuses the address %s without telling its password', (text, shown) => {
    const [fault] = faultsOf(() => parseOne(url, text));
    expect(fault).toBe(`NAME is ${shown}: give a URL with a host that starts with redis:// or rediss://.`);
  });

  it('that is secret is never shown', () => {
    const secret = { type: 'string', secret: true, description } as const;
    const settings = defineSettings({ SECRET: secret });
    expect(settings.shown(settings.parse({ SECRET: 'hunter2' }))).toEqual({ SECRET: '***' });
  });

  it('is not set when it is missing, empty or blank', () => {
    for (const text of [undefined, '', '  ']) {
      expect(parseOne({ ...port, default: 7 }, text)).toBe(7);
      expect(parseOne({ ...port, default: { value: () => 8, text: 'eight' } }, text)).toBe(8);
      expect(parseOne({ type: 'path', default: 'x', description }, text)).toBe(resolve('x'));
      expect(parseOne({ type: 'list', default: [], description }, text)).toEqual([]);
      expect(parseOne({ ...port, optional: true }, text)).toBeUndefined();
      expect(faultsOf(() => parseOne({ ...enumeration, example: 'info' }, text))).toEqual([
        'NAME is not set: give one of debug, info, such as info.',
      ]);
    }
  });
});

describe('the settings of a process', () => {
  const settings = defineSettings({
    REDIS_URL: { ...url, example: 'redis://127.0.0.1:6379' },
    LOG_LEVEL: { ...enumeration, default: 'info' },
    SLOTS: { ...port, minimum: 1, default: { value: () => 2, text: 'one per core' }, flag: 'slots' },
    RECOVER: { type: 'boolean', default: false, description: 'Whether to recover.', flag: 'recover' },
  });
  const env = { REDIS_URL: 'redis://host', PATH: '/bin' };

  it('are typed values of exactly what was declared', () => {
    const values = settings.parse(env);
    const slots: number = values.SLOTS;
    const level: 'debug' | 'info' = values.LOG_LEVEL;
    const recover: boolean = values.RECOVER;
    expect({ slots, level, recover }).toEqual({ slots: 2, level: 'info', recover: false });
    expect(Object.keys(values)).toEqual(['REDIS_URL', 'LOG_LEVEL', 'SLOTS', 'RECOVER']);
  });

  it('tell all their faults together', () => {
    const parse = () => settings.parse({ LOG_LEVEL: 'loud', SLOTS: '0', RECOVER: 'no' }, ['--fast', 'x']);
    expect(faultsOf(parse)).toEqual([
      '--fast is no option here: there are --slots, --recover.',
      '"x" is no option here: there are --slots, --recover.',
      'REDIS_URL is not set: give a URL with a host that starts with redis:// or rediss://, such as redis://127.0.0.1:6379.',
      'LOG_LEVEL is "loud": give one of debug, info.',
      'SLOTS is "0": give a whole number from 1 to 65535.',
      'RECOVER is "no": give true or false.',
    ]);
    expect(parse).toThrow(/^6 settings are wrong:\n {2}--fast/);
  });

  it.each([
    [['--slots', '3'], { SLOTS: 3, RECOVER: false }],
    [['--slots=4', '--recover'], { SLOTS: 4, RECOVER: true }],
    [['--recover=false'], { SLOTS: 9, RECOVER: false }],
  ])('take the options %j before the environment', (args, expected) => {
    expect(settings.parse({ ...env, SLOTS: '9' }, args)).toMatchObject(expected);
  });

  it.each([
    [['--slots'], '--slots has no value: give a whole number from 1 to 65535.'],
    [['--slots='], '--slots has no value: give a whole number from 1 to 65535.'],
    [['--slots', '-1'], 'SLOTS is "-1": give a whole number from 1 to 65535.'],
    [['-s', '1'], '-s is no option here: there are --slots, --recover.'],
    [['--__proto__=1'], '--__proto__ is no option here: there are --slots, --recover.'],
  ])('refuse the options %j', (args, fault) => {
    expect(faultsOf(() => settings.parse(env, args))).toContain(fault);
  });

  it('are logged without their passwords', () => {
    const values = settings.parse({ REDIS_URL: 'redis://user:hunter2@host:1' });
    expect(settings.shown(values)).toEqual({
      REDIS_URL: 'redis://***@host:1',
      LOG_LEVEL: 'info',
      SLOTS: 2,
      RECOVER: false,
    });
  });

  it('are explained by --help, one by one', () => {
    const text = helpText(settings);
    expect(text).toContain(
      '  REDIS_URL             Something. A URL with a host that starts with redis:// or rediss://;',
    );
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      'A whole number from 1 to 65535; default one per core. Option --slots. RECOVER Whether to recover. True or false; default false.',
    );
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});
