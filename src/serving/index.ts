/** Trained policies that answer requests: policies as files of their own, the threads that act by them, and how requests are read
 *  and answered. Knows nothing of HTTP, of names and of whose policies they are. This door loads no numeric code: that is in the
 *  threads (worker.ts), and for small policies here once somebody asks them (act-here.ts). Imports base, spaces, kernels, networks,
 *  checkpoints and export. */
export { SERVING_ERRORS } from './errors.js';
export type { ActAnswer } from './messages.js';
export { type ActorRequest, PolicyActors, type PolicyActorsOptions, threadPolicyBytes } from './policy-actors.js';
export type { PolicySource, TakenPolicy } from './policy-file.js';
export { takePolicy } from './take-policy.js';
