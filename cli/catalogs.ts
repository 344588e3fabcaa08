import type { EnvironmentDefinition } from '../src/envs/index.js';
import type { JobCatalogs } from '../src/jobs/index.js';
import type { Host } from './host.js';

export interface LoadedCatalogs extends JobCatalogs {
  /** File URLs of the modules, for the threads that load them too. */
  readonly environmentModules: readonly string[];
  /** What they export. */
  readonly ownEnvironments: readonly EnvironmentDefinition[];
}

/** The library's catalogs with the environments of MARLIN_ENVS and --env-module. Throws ENV_MODULE_INVALID. */
export async function loadCatalogs(host: Host, modulePaths: readonly string[]): Promise<LoadedCatalogs> {
  const { createEnvironmentCatalog, environmentModuleUrl, loadEnvironmentModules } = await import(
    '../src/envs/index.js'
  );
  const { algorithmCatalog } = await import('../src/algorithms/catalog.js');
  const paths = [...host.settings.environmentModules, ...modulePaths];
  const environmentModules = [...new Set(paths.map(environmentModuleUrl))];
  const own = await loadEnvironmentModules(environmentModules);
  const environments = createEnvironmentCatalog(own);
  return { environments, algorithms: algorithmCatalog, environmentModules, ownEnvironments: own };
}
