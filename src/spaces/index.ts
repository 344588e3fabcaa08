/** Observation and action spaces as plain data: sizes, membership, bounds, validation. No distributions (see policies).
 *  Imports base only. */
export { contains, type ObservationRow } from './contains.js';
export { describeLevels, describeSpace } from './describe.js';
export { SPACE_ERRORS } from './errors.js';
export { activeLevels, describeAction, levelCount, type PlacedLevel, placeLevels } from './levels.js';
export * from './space.js';
export { assertSpace, MAX_ELEMENT_SIZE } from './validate.js';
