import { mkdirSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockRun } from '../../../cli/lock.js';
import { MetricsLog, readEvents } from '../../../cli/metrics-log.js';
import { findRunFolder, writeWhole } from '../../../cli/run-folder.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { evaluation, iteration, started } from './events.js';

describe('the lock of a run', () => {
  it('refuses a second taker, naming the process, and is gone when given back', () => {
    const folder = temporaryFolder({});
    const lock = join(folder, 'lock');
    const unlock = lockRun(lock);
    expect(() => lockRun(lock)).toThrow(
      expect.objectContaining({ code: 'RUN_LOCKED', data: { path: lock, pid: process.pid } }),
    );
    unlock();
    expect(readdirSync(folder)).toEqual([]);
    lockRun(lock)();
  });

  it.each([
    ['a dead process', JSON.stringify({ pid: 2 ** 30, startTime: '1' })],
    ['a process whose id another has now', JSON.stringify({ pid: process.pid, startTime: '1' })],
    ['a torn write', '{"pid":'],
    ['nobody', JSON.stringify({ pid: -1 })],
  ])('is taken over from %s', (_, text) => {
    const folder = temporaryFolder({ lock: text });
    const unlock = lockRun(join(folder, 'lock'));
    expect(JSON.parse(readFileSync(join(folder, 'lock'), 'utf8'))).toMatchObject({ pid: process.pid });
    unlock();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is not removed by one who no longer holds it', () => {
    const folder = temporaryFolder({});
    const unlock = lockRun(join(folder, 'lock'));
    writeFileSync(join(folder, 'lock'), 'another’s');
    unlock();
    expect(readdirSync(folder)).toEqual(['lock']);
  });

  it('says where it cannot be written', () => {
    expect(() => lockRun(join(temporaryFolder({}), 'missing', 'lock'))).toThrow(
      expect.objectContaining({ code: 'RUN_WRITE_FAILED' }),
    );
  });
});

describe('metrics.jsonl', () => {
  it('is cut to the checkpoint when a run goes on: later lines and a torn one go', () => {
    const lines = [started(3), evaluation(0), iteration(1), iteration(2), evaluation(2), iteration(3)];
    const folder = temporaryFolder({
      'metrics.jsonl': `${lines.map((line) => JSON.stringify(line)).join('\n')}\n{"type":"iter`,
    });
    const log = new MetricsLog(join(folder, 'metrics.jsonl'));
    log.open(2);
    log.write(started(3, 2));
    log.write(iteration(3));
    log.close();
    expect(log.failure).toBeUndefined();
    expect(readEvents(join(folder, 'metrics.jsonl')).map(({ type, iteration: n }) => `${type} ${n}`)).toEqual([
      'started 0',
      'evaluation 0',
      'iteration 1',
      'iteration 2',
      'evaluation 2',
      'started 2',
      'iteration 3',
    ]);
    expect(readdirSync(folder)).toEqual(['metrics.jsonl']);
  });

  it('starts anew where nothing was done before', () => {
    const folder = temporaryFolder({ 'metrics.jsonl': `${JSON.stringify(evaluation(0))}\n` });
    const log = new MetricsLog(join(folder, 'metrics.jsonl'));
    log.open(0);
    log.write(started(3));
    log.close();
    expect(readEvents(join(folder, 'metrics.jsonl')).map((event) => event.type)).toEqual(['started']);
  });

  it('keeps the first failure to write and goes on without throwing', () => {
    const folder = temporaryFolder({});
    mkdirSync(join(folder, 'metrics.jsonl'));
    const log = new MetricsLog(join(folder, 'metrics.jsonl'));
    log.open(0);
    log.write(started(3));
    log.close();
    expect(log.failure).toMatchObject({ code: 'RUN_WRITE_FAILED' });
  });

  it('keeps a full disk as its failure, with the lines that were whole', () => {
    const path = join(temporaryFolder({}), 'metrics.jsonl');
    let room = 2;
    const log = new MetricsLog(path, {
      writeSync: (file, bytes, at) => {
        if (room-- === 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
        return writeSync(file, bytes, at);
      },
    });
    log.open(0);
    for (let n = 1; n <= 4; n++) log.write(iteration(n));
    log.close();
    expect(log.failure).toMatchObject({ code: 'RUN_WRITE_FAILED', message: expect.stringContaining('no space left') });
    expect(readEvents(path)).toHaveLength(2);
  });
});

describe('the files of a run', () => {
  it('are written whole or left as they were', () => {
    const folder = temporaryFolder({ 'a.json': 'old' });
    writeWhole(join(folder, 'a.json'), 'new');
    expect(readFileSync(join(folder, 'a.json'), 'utf8')).toBe('new');
    expect(readdirSync(folder)).toEqual(['a.json']);
    expect(() => writeWhole(join(folder, 'missing', 'a.json'), 'new')).toThrow(
      expect.objectContaining({ code: 'RUN_WRITE_FAILED' }),
    );
  });

  it('are found by path or by name', () => {
    const folder = temporaryFolder({ 'runs/x-1/job.json': '{}' });
    expect(findRunFolder(join(folder, 'runs/x-1'), 'elsewhere').path).toBe(join(folder, 'runs/x-1'));
    expect(findRunFolder('x-1', join(folder, 'runs')).path).toBe(join(folder, 'runs/x-1'));
    expect(() => findRunFolder('x-2', join(folder, 'runs'))).toThrow(expect.objectContaining({ code: 'RUN_UNKNOWN' }));
  });
});
