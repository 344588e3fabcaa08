/** Environments: the port, batches of instances and their state, the framework's part of a step, the single-instance form,
 *  the conformance suite, and the environments of the library. No policies, no trajectories, no threads.
 *  Imports base and spaces only. */
export { agentIdentities, withAgentIds } from './agent-ids.js';
export { agentNamed } from './agent-named.js';
export {
  createBatch,
  loadState,
  saveState,
  stateBytes,
} from './batch.js';
export { createEnvironmentCatalog, type EnvironmentCatalog, environmentCatalog, findEnvironment } from './catalog.js';
export { assertConformance, checkEnvironment } from './conformance/check.js';
export type {
  ConformanceProblem,
  ConformanceReport,
  ConformanceRule,
  ConformanceSettings,
} from './conformance/report.js';
export { createEnvironment, defineBatchedEnvironment } from './definition.js';
export { ENV_ERRORS } from './errors.js';
export type { Instance } from './instance.js';
export { type KuhnExploitability, kuhnExploitability } from './kuhn-poker/analysis.js';
export { KUHN_VALUE } from './kuhn-poker/equilibrium.js';
export { type InformationSet, informationSets } from './kuhn-poker/information-sets.js';
export { type EnvironmentModule, environmentModuleUrl, loadEnvironmentModules } from './modules.js';
export type { EnvironmentOutputs } from './outputs.js';
export * from './port.js';
export {
  type AgentEntry,
  type AgentList,
  defineEnvironment,
  type SingleEnvironment,
} from './single.js';
export { createStepper, type Stepper, type StepperOptions } from './stepper.js';
