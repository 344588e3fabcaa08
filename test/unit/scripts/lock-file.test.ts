import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFolder } from '../../helpers/project.js';

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(join(projectFolder, path), 'utf8')) as T;
}

describe('package-lock.json', () => {
  const { packages } = readJson<{ packages: Readonly<Record<string, LockedPackage>> }>('package-lock.json');

  it('has the optional packages of every platform, without which npm ci refuses it', () => {
    const missing = Object.entries(packages).flatMap(([folder, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) =>
          packages[`node_modules/${name}`] === undefined && packages[`${folder}/node_modules/${name}`] === undefined,
      ),
    );
    expect(missing).toEqual([]);
  });

  it('has a checksum for every package, and the address of none', () => {
    const installed = Object.entries(packages).filter(([folder]) => folder !== '');
    expect(installed.filter(([, entry]) => entry.integrity === undefined).map(([folder]) => folder)).toEqual([]);
    expect(installed.filter(([, entry]) => entry.resolved !== undefined).map(([folder]) => folder)).toEqual([]);
    expect(installed.length).toBeGreaterThan(100);
  });

  it('has no package with an install script that package.json does not decide on', () => {
    const { allowScripts } = readJson<{ allowScripts: Readonly<Record<string, boolean>> }>('package.json');
    const undecided = Object.keys(packages)
      .filter((folder) => folder !== '' && packages[folder]?.hasInstallScript === true)
      .map((folder) => folder.replace(/^.*node_modules\//, ''))
      .filter((name) => !(name in allowScripts));
    expect(undecided).toEqual([]);
  });
});
