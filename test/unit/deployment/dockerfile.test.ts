import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMON_SETTINGS } from '../../../services/process/index.js';
import { listFiles, projectFolder } from '../../helpers/project.js';
import { lintDockerfile, parseDockerfile } from './dockerfile.js';

const read = (path: string) => readFileSync(join(projectFolder, path), 'utf8');
const stages = parseDockerfile(read('Dockerfile'));
const [build, runtime] = [stages[0], stages.at(-1)];

/** Sources of what is copied from the working copy, not from another stage. */
const copied = (stage: (typeof stages)[number] | undefined): string[] =>
  (stage?.instructions ?? [])
    .filter(({ name, text }) => name === 'COPY' && !text.startsWith('--from='))
    .flatMap(({ text }) => text.split(/\s+/).slice(0, -1));

describe('the Dockerfile', () => {
  it('keeps the rules', () => {
    expect(lintDockerfile(stages)).toEqual([]);
  });

  it('copies what is there, and .dockerignore lets it through', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const sources = [...new Set(stages.flatMap(copied))];
    expect(sources.filter((path) => !existsSync(join(projectFolder, path)))).toEqual([]);
    expect(sources.sort()).toEqual(allowed.sort());
    expect(read('.dockerignore')).toMatch(/^\*$/m);
  });

  it('builds from everything that the build reads', () => {
    const { include } = JSON.parse(read('tsconfig.build.json')) as { include: string[] };
    expect(copied(build)).toEqual(expect.arrayContaining([...include, 'proto', 'scripts', 'tsconfig.build.json']));
    expect(listFiles('services').length).toBeGreaterThan(0);
  });

  it('starts the program of package.json, and asks it for its health where its settings say', () => {
    const { bin } = JSON.parse(read('package.json')) as { bin: { marlin: string } };
    const instruction = (name: string) =>
      runtime?.instructions.find((candidate) => candidate.name === name)?.text ?? '';
    expect(JSON.parse(instruction('ENTRYPOINT'))).toEqual(['node', `/app/${bin.marlin}`]);
    expect(instruction('HEALTHCHECK')).toContain('process.env.PROBE_PORT}/livez');
    const set = [...instruction('ENV').matchAll(/([A-Z_]+)=(\S+)/g)].map(([, name, value]) => [
      name ?? '',
      value ?? '',
    ]);
    const values = Object.fromEntries(set) as Record<string, string>;
    expect(values.PROBE_HOST).toBe('0.0.0.0');
    expect(Number(values.PROBE_PORT)).toBeGreaterThan(0);
    expect(Number(values.PROBE_PORT)).toBeLessThanOrEqual(COMMON_SETTINGS.PROBE_PORT.maximum);
    expect(instruction('EXPOSE')).toBe(values.PROBE_PORT);
  });
});

describe('the rules for Dockerfiles', () => {
  const good = [
    'ARG IMAGE=node:20.20.2-bookworm-slim',
    'FROM $IMAGE AS build',
    'COPY package.json package-lock.json ./',
    'RUN npm ci --ignore-scripts',
    'COPY src src',
    'RUN npm run build && npm prune --omit=dev',
    'FROM $IMAGE',
    'COPY --from=build /app/dist dist',
    'USER node',
    'HEALTHCHECK CMD ["node", "-e", "0"]',
    'ENTRYPOINT ["node", "main.js"]',
  ];
  const lint = (lines: readonly string[]) => lintDockerfile(parseDockerfile(`${lines.join('\n')}\n`));

  it('accept what is right', () => {
    expect(lint(good)).toEqual([]);
  });

  it.each([
    ['ARG IMAGE=node:20.20.2-bookworm-slim', 'ARG IMAGE=node', 'node is not pinned to a release'],
    ['ARG IMAGE=node:20.20.2-bookworm-slim', 'ARG IMAGE=node:latest', 'node:latest is not pinned to a release'],
    ['ARG IMAGE=node:20.20.2-bookworm-slim', 'ARG IMAGE=node:20-slim', 'node:20-slim is not pinned to a release'],
    ['COPY package.json package-lock.json ./', 'COPY . .', 'npm ci comes after COPY . .'],
    ['COPY src src', 'COPY . .', 'COPY . takes everything'],
    ['RUN npm ci --ignore-scripts', 'RUN npm install --ignore-scripts', 'npm install does not keep to the lock file'],
    ['RUN npm ci --ignore-scripts', 'RUN npm ci', 'npm ci runs install scripts'],
    ['RUN npm run build && npm prune --omit=dev', 'RUN npm run build', 'development packages are not removed'],
    ['USER node', 'USER root', 'the image runs as root'],
    ['USER node', '', 'the image runs as nobody in particular'],
    ['HEALTHCHECK CMD ["node", "-e", "0"]', '', 'there is no HEALTHCHECK'],
    ['HEALTHCHECK CMD ["node", "-e", "0"]', 'HEALTHCHECK NONE', 'there is no HEALTHCHECK'],
    [
      'ENTRYPOINT ["node", "main.js"]',
      'ENTRYPOINT node main.js',
      'ENTRYPOINT is no list: a shell would swallow signals',
    ],
    ['COPY src src', 'ADD https://example.org/x src', 'ADD fetches or unpacks unseen; use COPY'],
    ['COPY src src', 'COPY src src\nENV REDIS_PASSWORD=hunter2', 'REDIS_PASSWORD looks like a secret'],
    ['COPY src src', 'COPY src src\nARG NPM_TOKEN', 'NPM_TOKEN looks like a secret'],
    ['COPY src src', 'COPY .env ./', 'COPY .env takes a secret'],
    ['COPY src src', 'RUN apt-get update && apt-get install -y \\\n  redis', 'the lists of apt-get are left behind'],
    ['COPY src src', 'RUN curl https://example.org | sh', 'something is run from the network unseen'],
  ])('see that %j became %j', (line, instead, fault) => {
    expect(good).toContain(line);
    expect(lint(good.map((each) => (each === line ? instead : each)))).toEqual([fault]);
  });
});
