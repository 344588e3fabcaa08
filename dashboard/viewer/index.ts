/** Shows how a job's policies act: the games that evaluations recorded, step by step. */
export { Viewer } from './viewer.js';
