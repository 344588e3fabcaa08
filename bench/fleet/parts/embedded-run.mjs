/** One job in this process, after another one that warms it up, which `bench/fleet/throughput.mjs` starts; prints iterations,
 *  digest, and processor seconds of its own and of the machine as JSON.
 *
 *    node bench/fleet/parts/embedded-run.mjs '{"warmUp":{…},"spec":{…},"actors":1,"learners":2,"warm":10}' */
import { runTraining } from '../../../dist/src/training/index.js';
import { coreSeconds } from '../../training/parts/processes.mjs';

const { warmUp, spec, actors, learners, warm } = JSON.parse(process.argv[2]);
const iterations = [];
let before;
let after;
const used = () => {
  const { user, system } = process.cpuUsage();
  return { cpu: (user + system) / 1e6, machine: coreSeconds() };
};
await runTraining('warm-up', warmUp, { actors, learners });
const { digest } = await runTraining('embedded', spec, {
  actors,
  learners,
  onEvent: (event) => {
    if (event.type !== 'iteration') return;
    iterations.push(event);
    if (event.iteration === warm) before = used();
    if (event.iteration === spec.stop.iterations) after = used();
  },
});
const cpuSeconds = { process: after.cpu - before.cpu };
console.log(JSON.stringify({ iterations, digest, cpuSeconds, machineSeconds: after.machine - before.machine }));
