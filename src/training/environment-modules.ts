import type { EnvironmentDefinition } from '../envs/index.js';

/** Imports the operator's environment modules: each exports a definition as `environment` or `default`, or a list as `environments`. */
export async function loadEnvironmentModules(urls: readonly string[]): Promise<EnvironmentDefinition[]> {
  const found = new Set<EnvironmentDefinition>();
  for (const url of urls) {
    const module = (await import(url)) as {
      readonly default?: unknown;
      readonly environment?: unknown;
      readonly environments?: unknown;
    };
    const listed = Array.isArray(module.environments) ? module.environments : [];
    for (const candidate of [module.environment, module.default, ...listed]) {
      if (isDefinition(candidate)) found.add(candidate);
    }
  }
  return [...found];
}

const isDefinition = (value: unknown): value is EnvironmentDefinition =>
  typeof value === 'object' && value !== null && 'id' in value && 'create' in value;
