import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { envError } from './errors.js';
import type { EnvironmentDefinition } from './port.js';

/** A module of environments: a URL, or the path of a file. */
export type EnvironmentModule = string | URL;

/** A scheme has two letters or more: `c:` begins a path. */
const SCHEME = /^[a-z][a-z0-9+.-]+:/i;

/** The URL of a module, whose path is taken from the working directory. */
export const environmentModuleUrl = (module: EnvironmentModule): string =>
  module instanceof URL || SCHEME.test(module) ? String(module) : pathToFileURL(resolve(module)).href;

/** Imports modules of environments, each of which exports a definition as `environment` or `default`, or a list as `environments`.
 *  Rejects with ENV_MODULE_INVALID where a module cannot be loaded or exports none. */
export async function loadEnvironmentModules(modules: readonly EnvironmentModule[]): Promise<EnvironmentDefinition[]> {
  const found = new Set<EnvironmentDefinition>();
  for (const module of modules)
    for (const definition of await definitionsOf(environmentModuleUrl(module))) found.add(definition);
  return [...found];
}

async function definitionsOf(url: string): Promise<EnvironmentDefinition[]> {
  if (url.startsWith('file:') && !existsSync(fileURLToPath(url))) {
    throw envError(
      'ENV_MODULE_INVALID',
      `no module of environments at ${fileURLToPath(url)}; give the path of a JavaScript module`,
      { data: { url } },
    );
  }
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await import(url)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw envError('ENV_MODULE_INVALID', `the module ${url} cannot be loaded: ${reason}${adviceOn(reason)}`, {
      data: { url },
      cause: error,
    });
  }
  const listed = Array.isArray(module.environments) ? (module.environments as readonly unknown[]) : [];
  const found = [module.environment, module.default, ...listed].filter(isDefinition);
  if (found.length > 0) return found;
  const exported = Object.keys(module).join(', ') || 'nothing';
  throw envError(
    'ENV_MODULE_INVALID',
    `the module ${url} exports no environment, but ${exported}; export it as \`environment\``,
    { data: { url } },
  );
}

/** What is usually behind it when the host refuses a module for its form. */
function adviceOn(reason: string): string {
  if (/outside a module|Unexpected token 'export'/.test(reason)) {
    return '; name it .mjs, or set "type": "module" in the package.json that it belongs to';
  }
  return /Unknown file extension "\.[cm]?tsx?"/.test(reason)
    ? '; compile it to JavaScript, and name what comes of it'
    : '';
}

const isDefinition = (value: unknown): value is EnvironmentDefinition =>
  typeof value === 'object' && value !== null && 'id' in value && 'create' in value;
