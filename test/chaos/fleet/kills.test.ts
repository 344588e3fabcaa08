import { appendFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Fleet } from '../../helpers/fleet/fleet.js';
import { historyFaults } from '../../helpers/fleet/invariants.js';
import { embeddedDigest, fleetJob } from '../../helpers/fleet/jobs.js';
import { killServices } from '../../helpers/fleet/killer.js';

// `npm run chaos` asks for more, and for a record.
const kills = Number(process.env.CHAOS_KILLS ?? 6);
const seed = Number(process.env.CHAOS_SEED ?? 1);
const record = process.env.CHAOS_RECORD;

const iterations = Math.max(150, 30 * kills);
const timeoutMs = 120_000 + 20_000 * kills;

test(
  `${kills} SIGKILLs over actors and learners, seed ${seed}: the weights are those of a quiet run`,
  async () => {
    const spec = fleetJob(iterations);
    const expected = await embeddedDigest(spec);
    const fleet = await Fleet.start();
    await fleet.startServices(2);
    const job = await fleet.submit('job', spec);
    const killing = killServices(fleet, job, { seed, kills, iterations, ...(record === undefined ? {} : { record }) });
    const [killed, digest] = await Promise.all([killing, job.digest()]);
    const faults = historyFaults(job.events, iterations);
    const { state } = await fleet.finalRecord('job');

    if (record !== undefined) {
      const learners = job.learnersBegun;
      const pauseMs = Math.round(job.longestPauseMs());
      const made = job.events.filter(({ type }) => type === 'iteration').length;
      const seconds = Math.round((job.events.at(-1)?.seenMs ?? 0) / 1000);
      const verdict = { kills, seed, iterations, made, learners, seconds, pauseMs, state, digest, expected, faults };
      appendFileSync(record, `${JSON.stringify(verdict)}\n`);
    }
    expect(digest).toBe(expected);
    expect(faults).toEqual([]);
    expect(state).toBe('succeeded');
    // Every kill was one, while the job ran, and of a process of its own.
    expect(killed).toHaveLength(kills);
    expect(killed.filter(({ iteration }) => iteration === iterations)).toEqual([]);
    expect(new Set(killed.map(({ pid }) => pid)).size).toBe(kills);
    expect(fleet.services.filter(({ alive }) => !alive)).toHaveLength(kills);
  },
  timeoutMs,
);
