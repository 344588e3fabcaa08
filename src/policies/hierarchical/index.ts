/** Policies of hierarchical actions: one law per level, each decided knowing the levels before it. */
export { createHierarchicalPolicy } from './policy.js';
