/** The multi-agent particle environments (MPE): disks in a plane that move, collide and talk. One world, five games; numbers
 *  as in Farama's MPE2. */
export { simpleAdversary } from './adversary.js';
export { simpleReference } from './reference.js';
export { simpleSpeakerListener } from './speaker-listener.js';
export { simpleSpread } from './spread.js';
export { simpleTag } from './tag.js';
