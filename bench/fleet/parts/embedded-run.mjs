/** One job in this process, which `bench/fleet/throughput.mjs` starts; prints iterations, digest and processor seconds as JSON.
 *
 *    node bench/fleet/parts/embedded-run.mjs '{"spec":{…},"actors":1,"learners":2,"warm":10}' */
import { runTraining } from '../../../dist/src/training/index.js';

const { spec, actors, learners, warm } = JSON.parse(process.argv[2]);
const iterations = [];
let before;
let used;
const { digest } = await runTraining('embedded', spec, {
  actors,
  learners,
  onEvent: (event) => {
    if (event.type !== 'iteration') return;
    iterations.push(event);
    if (event.iteration === warm) before = process.cpuUsage();
    if (event.iteration === spec.stop.iterations) used = process.cpuUsage(before);
  },
});
console.log(JSON.stringify({ iterations, digest, cpuSeconds: (used.user + used.system) / 1e6 }));
