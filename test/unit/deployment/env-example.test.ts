import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { actorSettings } from '../../../services/actor/settings.js';
import { apiSettings } from '../../../services/api/settings.js';
import { envExample } from '../../../services/env-example.js';
import { learnerSettings } from '../../../services/learner/settings.js';
import { projectFolder } from '../../helpers/project.js';

const text = readFileSync(join(projectFolder, '.env.example'), 'utf8');
const settings = [actorSettings, learnerSettings, apiSettings];

/** Assignments of the example, those that are commented out as well. */
const assignments = (pattern: RegExp) =>
  Object.fromEntries([...text.matchAll(pattern)].map(([, name, value]) => [name ?? '', value ?? '']));

describe('.env.example', () => {
  it('is what the settings say: if not, run `npm run build && node scripts/write-env-example.mjs`', () => {
    expect(text).toBe(envExample());
  });

  it('has every setting of every service, once', () => {
    const declared = new Set(settings.flatMap(({ declarations }) => Object.keys(declarations)));
    const listed = [...text.matchAll(/^#?([A-Z0-9_]+)=/gm)].map(([, name]) => name);
    expect(listed.sort()).toEqual([...declared].sort());
  });

  it.each(settings)('is accepted as it is, and with everything that it comments out', (service) => {
    const asItIs = service.parse(assignments(/^([A-Z0-9_]+)=(.*)$/gm) as Record<string, string>);
    const all = service.parse(assignments(/^#?([A-Z0-9_]+)=(.*)$/gm) as Record<string, string>);
    expect(all).toEqual(asItIs);
  });
});

describe('the settings that services declare', () => {
  it.each(settings)('have lasting names and say what they are for', ({ declarations }) => {
    const flags = Object.values(declarations).flatMap(({ flag }) => flag ?? []);
    expect(new Set(flags).size).toBe(flags.length);
    for (const [name, { description, type }] of Object.entries(declarations)) {
      expect(name).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/);
      expect(name.endsWith('_MS')).toBe(type === 'duration');
      expect(description).toMatch(/^[A-Z/].*[.]$/);
    }
  });

  it.each(settings)('have defaults that are allowed', (service) => {
    const values = service.parse({ REDIS_URL: 'redis://host' });
    const again = Object.entries(values).map(([name, value]) => [name, String(value ?? '')]);
    expect(service.parse(Object.fromEntries(again))).toEqual(values);
  });
});
