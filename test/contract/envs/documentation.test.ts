import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import {
  checkEnvironment,
  createBatch,
  createEnvironment,
  createStepper,
  type EnvironmentDefinition,
  environmentCatalog,
  findEnvironment,
} from '../../../src/envs/index.js';
import { meeting } from './documented/meeting.js';
import { meetingBatched } from './documented/meeting-batched.js';

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
/** The package is imported by its name in the guide and by its folders here. */
const withoutImports = (code: string): string => code.replace(/^import .*\n/gm, '').trim();

describe('docs/adding-an-environment.md', () => {
  const blocks = [...read('docs/adding-an-environment.md').matchAll(/```ts\n(.*?)```/gs)].map((match) => match[1]);

  it('shows the code that is tested here', () => {
    const batched = blocks.find((code) => code.includes('defineBatchedEnvironment('));
    expect(withoutImports(blocks[0])).toBe(withoutImports(read('test/contract/envs/documented/meeting.ts')));
    expect(withoutImports(batched ?? 'missing')).toBe(
      withoutImports(read('test/contract/envs/documented/meeting-batched.ts')),
    );
  });

  it('shows environments that conform', () => {
    expect(checkEnvironment(meeting).problems).toEqual([]);
    expect(checkEnvironment(meetingBatched).problems).toEqual([]);
  });

  it('shows one game in two forms', () => {
    const play = (definition: EnvironmentDefinition): number[] => {
      const environment = createEnvironment(definition);
      const batch = createBatch(environment, 3);
      const random = new RandomStream(5, 'test');
      const stepper = createStepper(environment, batch, { environmentId: definition.id });
      stepper.resetAll(random);
      const seen: number[] = [];
      for (let t = 0; t < 60; t++) {
        for (const action of batch.action) action.fill(0.01 * t);
        stepper.step(random);
        seen.push(...batch.reward[0], ...batch.observation[1], ...batch.truncated);
      }
      return seen;
    };
    expect(play(meeting)).toEqual(play(meetingBatched));
  });

  it('keeps its promise of about twenty lines', () => {
    const body = withoutImports(blocks[0]).split('\n').slice(2, -1);
    expect(body.length).toBeLessThanOrEqual(25);
  });
});

describe.each([...environmentCatalog.keys()])('docs/environments/%s.md', (id) => {
  const page = read(`docs/environments/${id}.md`);
  const definition = findEnvironment(environmentCatalog, id);

  it('lists every option with its default, and every metric', () => {
    const { properties } = definition.options as unknown as { properties: Record<string, { default: unknown }> };
    for (const [name, option] of Object.entries(properties)) {
      expect(page).toContain(`| \`${name}\` | \`${JSON.stringify(option.default)}\` |`);
    }
    for (const metric of createEnvironment(definition).episodeMetrics ?? []) expect(page).toContain(`\`${metric}\``);
  });
});
