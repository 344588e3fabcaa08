/** What every service process needs around its work: settings from environment variables, JSON logs, probes and metrics over
 *  HTTP, and a life that starts and stops in order. Knows nothing of actors, learners or Redis, and is no service itself.
 *  Imports the doors of base and metrics. */
export { COMMON_SETTINGS, PROCESS_SETTINGS, STORAGE_SETTINGS } from './common-settings.js';
export { PROCESS_ERRORS } from './errors.js';
export { withinGrace } from './grace.js';
export { createProcessLogger, LOG_LEVELS, type LogLevel, type ProcessLoggerOptions } from './logging.js';
export { maskUrl, maskUrlsIn } from './masking.js';
export { createProbeServer, type ProbeServer, type ProbeServerOptions } from './probes.js';
export { processId } from './process-id.js';
export { observeProcess, type ProcessObserver } from './process-metrics.js';
export { bothReady, ProgressWatch, READY, type Readiness } from './readiness.js';
export { type RunningService, runService, type ServiceDefinition, type ServiceModules } from './run.js';
export type { Setting, SettingDeclarations, SettingValues } from './setting.js';
export { defineSettings, type Settings } from './settings.js';
export { type EnvExampleSection, helpText, renderEnvExample } from './settings-text.js';
export { type SlotLoop, Slots } from './slots.js';
