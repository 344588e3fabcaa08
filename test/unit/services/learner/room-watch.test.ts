import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RoomWatch } from '../../../../services/learner/room-watch.js';
import { silentLogger } from '../../../../src/base/index.js';
import { createMemoryBroker } from '../../../../src/broker/index.js';

let room: boolean | Promise<boolean> = true;
let told: unknown[] = [];
let looks = 0;
let watch: RoomWatch;

beforeEach(() => {
  vi.useFakeTimers();
  room = true;
  told = [];
  looks = 0;
  const hasRoom = async (): Promise<boolean> => {
    looks++;
    return room;
  };
  const clock = { now: () => Date.now(), monotonic: () => Date.now() };
  watch = new RoomWatch('job', { broker: { ...createMemoryBroker(), hasRoom }, clock, logger: silentLogger }, (event) =>
    told.push(event),
  );
});

afterEach(() => {
  watch.close();
  vi.useRealTimers();
});

const waiting = (iteration: number) => ({ type: 'waiting', iteration, reason: 'BROKER_OUT_OF_MEMORY' });

test('a job that makes iterations is left alone, whatever room there is', async () => {
  room = false;
  for (let iteration = 1; iteration <= 10; iteration++) {
    await vi.advanceTimersByTimeAsync(4000);
    watch.made(iteration);
  }
  expect(looks).toBe(0);
});

test('one that stands still although there is room waits for something else', async () => {
  await vi.advanceTimersByTimeAsync(60_000);
  expect(looks).toBeGreaterThan(50);
  expect(told).toEqual([]);
});

test('one that stands still for want of room is told of once, and again the next time', async () => {
  watch.made(7);
  room = false;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([waiting(7)]);
  room = true;
  await vi.advanceTimersByTimeAsync(2000);
  watch.made(8);
  room = false;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([waiting(7), waiting(8)]);
});

test('nothing is told of a job that was let go of', async () => {
  let answer: (room: boolean) => void = () => {};
  room = new Promise((resolve) => {
    answer = resolve;
  });
  await vi.advanceTimersByTimeAsync(6000);
  expect(looks).toBe(1);
  watch.close();
  answer(false);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([]);
  expect(looks).toBe(1);
});
