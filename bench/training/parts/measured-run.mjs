/** One measured training run, in a process of its own so that it can be pinned to cores. The last line it prints is one JSON
 *  object. Not a benchmark by itself: others start it. It runs the job spec in `job`, or else the median game:
 *
 *    node bench/training/parts/measured-run.mjs '{"hidden":[],"history":1,"shuffle":"samples","shards":1,"actors":0,"learners":0}'
 *
 *  Counted from the end of the warm-up: at least `warmIterations` iterations and `warmSeconds` seconds, in which code is
 *  compiled; then at least `iterations` iterations and `seconds` seconds. */
import { train } from '../../../dist/src/index.js';
import { medianJob } from './job.mjs';
import { summary } from './statistics.mjs';

const settings = { warmIterations: 3, warmSeconds: 1.5, iterations: 4, seconds: 2, ...JSON.parse(process.argv[2]) };
const { actors, learners } = settings;

const stopping = new AbortController();
let began = 0;
let cpuBefore;
let previous = 0;
let agentStepsBefore = 0;
let agentSteps = 0;
let seen = 0;
const rates = [];
const parts = { environment: 0, policy: 0, transfer: 0, update: 0, waiting: 0, iteration: 0 };
const startMs = performance.now();
let firstIterationMs = 0;

function onIteration(event) {
  const now = performance.now();
  seen++;
  if (seen === 1) firstIterationMs = now - startMs;
  if (began === 0) {
    if (seen >= settings.warmIterations && now - startMs >= 1000 * settings.warmSeconds) {
      began = now;
      cpuBefore = process.cpuUsage();
    }
  } else {
    agentSteps += event.agentSteps - agentStepsBefore;
    rates.push((1000 * (event.agentSteps - agentStepsBefore)) / (now - previous));
    for (const name of Object.keys(parts)) parts[name] += event.seconds[name];
    if (rates.length >= settings.iterations && now - began >= 1000 * settings.seconds) stop(now);
  }
  previous = now;
  agentStepsBefore = event.agentSteps;
}

/** Cores that this process got while it was measured: far less than its threads could use says that others computed. */
let busyCores = 0;
let cpuMicroseconds = 0;
function stop(now) {
  const { user, system } = process.cpuUsage(cpuBefore);
  busyCores = (user + system) / 1000 / (now - began);
  cpuMicroseconds = (user + system) / agentSteps;
  stopping.abort();
}

const result = await train(settings.job ?? medianJob(settings), {
  ...(actors === undefined ? {} : { actors }),
  ...(learners === undefined ? {} : { learners }),
  signal: stopping.signal,
  onEvent: (event) => {
    if (event.type === 'iteration') onIteration(event);
  },
});
if (result.state !== 'cancelled') throw new Error(`the run ended by itself: ${result.reason}`);

const microseconds = {};
for (const [name, seconds] of Object.entries(parts)) {
  microseconds[name] = (1e6 * seconds) / agentSteps;
}
console.log(
  JSON.stringify({
    agentStepsPerSecond: summary(rates),
    microsecondsPerAgentStep: microseconds,
    busyCores,
    cpuMicrosecondsPerAgentStep: cpuMicroseconds,
    firstIterationMs,
    // The system counts it in KiB.
    peakResidentBytes: 1024 * process.resourceUsage().maxRSS,
  }),
);
