import { describe, expect, it } from 'vitest';
import { MemoryJobs } from '../../../src/broker/memory/jobs.js';
import { Waiting } from '../../../src/broker/waiting.js';
import { record } from '../../contract/broker/making.js';

describe('the changes of a broker in memory', () => {
  it('are told as long as all of them are known', async () => {
    const jobs = new MemoryJobs(new Waiting(), () => {}, 2);
    const { mark } = await jobs.changes(null);
    await jobs.submit(record('a'));
    await jobs.submit(record('b'));
    expect((await jobs.changes(mark)).jobIds).toEqual(['a', 'b']);
    const later = (await jobs.changes(mark)).mark;
    await jobs.submit(record('c'));
    expect((await jobs.changes(mark)).jobIds).toBeNull();
    expect((await jobs.changes(later)).jobIds).toEqual(['c']);
  });
});
