import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { EnvironmentDefinition } from '../src/envs/index.js';
import type { JobCatalogs } from '../src/jobs/index.js';
import { cliError } from './errors.js';
import type { Host } from './host.js';

export interface LoadedCatalogs extends JobCatalogs {
  /** File URLs of the modules, for the threads that load them too. */
  readonly environmentModules: readonly string[];
  /** What they export. */
  readonly ownEnvironments: readonly EnvironmentDefinition[];
}

/** The library's catalogs with the environments of MARLIN_ENVS and --env-module. Throws ENV_MODULE_INVALID. */
export async function loadCatalogs(host: Host, modulePaths: readonly string[]): Promise<LoadedCatalogs> {
  const { createEnvironmentCatalog } = await import('../src/envs/index.js');
  const { algorithmCatalog } = await import('../src/algorithms/catalog.js');
  const paths = [...host.settings.environmentModules, ...modulePaths];
  const environmentModules = [...new Set(paths.map(moduleUrl))];
  const own: EnvironmentDefinition[] = [];
  for (const url of environmentModules) own.push(...(await loadEnvironments(url)));
  const environments = createEnvironmentCatalog(own);
  return { environments, algorithms: algorithmCatalog, environmentModules, ownEnvironments: own };
}

function moduleUrl(path: string): string {
  if (path.startsWith('file:')) return path;
  const file = resolve(path);
  if (!existsSync(file)) {
    throw cliError('ENV_MODULE_INVALID', `no module of environments at ${file}; give the path of a JavaScript module`, {
      data: { path: file },
    });
  }
  return pathToFileURL(file).href;
}

async function loadEnvironments(url: string): Promise<readonly EnvironmentDefinition[]> {
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await import(url)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw cliError('ENV_MODULE_INVALID', `the module ${url} cannot be loaded: ${reason}`, {
      data: { url },
      cause: error,
    });
  }
  const { environment, environments } = module;
  const listed = Array.isArray(environments) ? (environments as readonly unknown[]) : [];
  const found = [...new Set([environment, module.default, ...listed])].filter(isDefinition);
  if (found.length === 0) {
    const exported = Object.keys(module).join(', ') || 'nothing';
    throw cliError(
      'ENV_MODULE_INVALID',
      `the module ${url} exports no environment, but ${exported}; export it as \`environment\``,
      {
        data: { url },
      },
    );
  }
  return found;
}

const isDefinition = (value: unknown): value is EnvironmentDefinition =>
  typeof value === 'object' && value !== null && 'id' in value && 'create' in value;
