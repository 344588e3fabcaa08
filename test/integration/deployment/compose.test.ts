import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actorSettings } from '../../../services/actor/settings.js';
import { apiSettings } from '../../../services/api/settings.js';
import { learnerSettings } from '../../../services/learner/settings.js';
import { projectFolder, runNode } from '../../helpers/project.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

interface ComposeService {
  readonly image: string;
  readonly build?: { readonly context: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly restart?: string;
  readonly stop_grace_period?: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly volumes?: readonly unknown[];
  readonly ports?: readonly unknown[];
  readonly container_name?: string;
  readonly privileged?: boolean;
  readonly read_only?: boolean;
  readonly user?: string;
  readonly profiles?: readonly string[];
}

interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** What the compose file may take from the shell or from `.env` besides settings of the services. */
const COMPOSE_VARIABLES = ['REDIS_MAXMEMORY', 'PROMETHEUS_RETENTION'];
/** Services that are started only where they are asked for. */
const MONITORING = ['grafana', 'prometheus'];
/** Ports that are open, to this machine alone. */
const PORTS: Readonly<Record<string, string>> = { api: '7373:7373', prometheus: '9090:9090', grafana: '3000:3000' };

const script = join(projectFolder, 'scripts/compose-config.mjs');
// The values of whoever runs the tests would stand for the defaults.
const env = { PATH: process.env.PATH, HOME: process.env.HOME, COMPOSE_PROFILES: 'monitoring' };

const services = { actor: actorSettings, learner: learnerSettings, api: apiSettings };
const text = readFileSync(join(projectFolder, 'docker-compose.yml'), 'utf8');

describe('docker-compose.yml', () => {
  let file: ComposeFile;

  // Away from the .env that somebody may keep beside it.
  const folder = mkdtempSync(join(tmpdir(), 'marlin-compose-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  // Installs Docker Compose where there is none.
  beforeAll(async () => {
    copyFileSync(join(projectFolder, 'docker-compose.yml'), join(folder, 'docker-compose.yml'));
    const { code, stdout, stderr } = await runNode(script, [join(folder, 'docker-compose.yml')], { env });
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    file = JSON.parse(stdout) as ComposeFile;
  }, 300_000);

  const marlin = () => Object.entries(file.services).filter(([, { image }]) => image === 'marlin');

  it('has Redis, a learner, actors and the API, and what watches them where it is asked for', () => {
    const expected = ['actor', 'api', 'learner', 'redis', ...MONITORING];
    expect(Object.keys(file.services).sort()).toEqual(expected.sort());
    const optional = Object.entries(file.services).filter(([, { profiles }]) => profiles?.join() === 'monitoring');
    expect(optional.map(([name]) => name).sort()).toEqual(MONITORING);
  });

  it('mounts what the repository has for Prometheus and Grafana, to be read only', () => {
    const mounts = [...text.matchAll(/- \.\/(deploy\S+?):(\S+?)(:ro)?$/gm)];
    expect(mounts.map(([, from, to, how]) => [existsSync(join(projectFolder, from ?? '')), to, how])).toEqual([
      [true, '/etc/prometheus', ':ro'],
      [true, '/etc/grafana/provisioning', ':ro'],
      [true, '/etc/marlin-dashboards', ':ro'],
    ]);
  });

  it('has a Redis that loses nothing it accepted, within a limit of memory', () => {
    const { command = [], volumes, image, healthcheck, restart } = file.services.redis as ComposeService;
    const option = (name: string) => command[command.indexOf(`--${name}`) + 1];
    expect(option('appendonly')).toBe('yes');
    expect(option('maxmemory-policy')).toBe('noeviction');
    expect(option('maxmemory')).toMatch(/^\d+[mg]b$/);
    expect(JSON.stringify(volumes)).toContain('/data');
    expect(image).toMatch(/^redis:\d+\.\d+/);
    expect(healthcheck?.test.join(' ')).toContain('PONG');
    expect(restart).toBe('unless-stopped');
  });

  it('waits for a healthy Redis', () => {
    expect(marlin()).toHaveLength(3);
    for (const [, { depends_on }] of marlin()) expect(depends_on?.redis?.condition).toBe('service_healthy');
  });

  it.each(Object.keys(services) as (keyof typeof services)[])('runs %s with settings that it accepts', (name) => {
    const { environment = {} } = file.services[name] as ComposeService;
    const { declarations } = services[name];
    expect(Object.keys(environment).filter((key) => !(key in declarations))).toEqual([]);
    const values = services[name].parse(environment);
    expect(values.REDIS_URL).toBe('redis://redis:6379');
  });

  it('gives every process more time to stop than the process takes', () => {
    for (const [name, { stop_grace_period = '10s', environment = {} }] of marlin()) {
      const seconds = Number(/^(\d+)s$/.exec(stop_grace_period)?.[1]);
      const { SHUTDOWN_GRACE_MS } = services[name as keyof typeof services].parse(environment);
      expect(seconds * 1000).toBeGreaterThan(SHUTDOWN_GRACE_MS);
    }
  });

  it('can run any number of actors: nothing of theirs is there only once', () => {
    const { ports, container_name, volumes } = file.services.actor as ComposeService;
    expect({ ports, container_name, volumes }).toEqual({});
  });

  it('opens no port to the network and gives no process more rights than it needs', () => {
    for (const [name, service] of Object.entries(file.services)) {
      expect(service.ports ?? [], name).toEqual(name in PORTS ? [`127.0.0.1:${PORTS[name]}/tcp`] : []);
      expect(service.privileged, name).toBeUndefined();
      expect(service.user, name).toBeUndefined();
      expect(JSON.stringify(service.volumes ?? []), name).not.toContain('docker.sock');
    }
    for (const [name, { read_only }] of Object.entries(file.services))
      expect(read_only, name).toBe(name === 'redis' ? undefined : true);
  });

  it('has an API that asks everybody for a key, sees the checkpoints, and tells whether it works', () => {
    const { environment = {}, volumes, healthcheck } = file.services.api as ComposeService;
    const { API_HOST, API_PORT, API_KEYS_REQUIRED, CHECKPOINT_DIR } = services.api.parse(environment);
    expect([API_HOST, API_KEYS_REQUIRED]).toEqual(['0.0.0.0', true]);
    expect(healthcheck?.test.join(' ')).toContain(`:${API_PORT}/readyz`);
    expect(JSON.stringify(volumes)).toContain(CHECKPOINT_DIR);
    expect(CHECKPOINT_DIR).toBe(file.services.learner?.environment?.CHECKPOINT_DIR);
  });

  it('keeps checkpoints in a volume that outlives the learner', () => {
    const { environment, volumes } = file.services.learner as ComposeService;
    expect(JSON.stringify(volumes)).toContain(environment?.CHECKPOINT_DIR);
    expect(file.volumes).toHaveProperty('checkpoints');
    // The folder of the image gives a new volume its owner.
    const dockerfile = readFileSync(join(projectFolder, 'Dockerfile'), 'utf8');
    expect(dockerfile).toContain(`-o node -g node ${environment?.CHECKPOINT_DIR}`);
  });

  it('takes from outside only what is documented, with the defaults that the services have', () => {
    const page = readFileSync(join(projectFolder, 'docs/deployment.md'), 'utf8');
    for (const [, name = '', value = ''] of text.matchAll(/\$\{([A-Z_]+)(?::-([^}]*))?\}/g)) {
      const declared = Object.values(services).flatMap(({ declarations }) =>
        name in declarations ? [declarations[name as keyof typeof declarations] as { default?: unknown }] : [],
      );
      if (declared.length === 0) {
        expect(COMPOSE_VARIABLES).toContain(name);
        expect(page).toContain(name);
      }
      for (const { default: wanted } of declared) {
        // An empty variable counts as not set, which leaves a computed default or an empty list to the process.
        expect(value, name).toBe(typeof wanted === 'object' ? '' : String(wanted));
      }
    }
  });

  it('runs commands that the program has, and each of them explains its settings', async () => {
    const main = join(projectFolder, 'dist/cli/main.js');
    for (const [name, { command = [] }] of marlin()) {
      expect(command).toEqual([name]);
      const { code, stdout } = await runNode(main, [...command, '--help'], { env });
      expect({ name, code }).toEqual({ name, code: 0 });
      for (const setting of Object.keys(services[name as keyof typeof services].declarations)) {
        expect(stdout).toContain(setting);
      }
    }
  });
});

describe('reading a compose file', () => {
  it('fails where Compose refuses it', async () => {
    const folder = temporaryFolder({ 'docker-compose.yml': 'services:\n  redis:\n    imagine: redis\n' });
    const { code, stderr } = await runNode(script, [join(folder, 'docker-compose.yml')], { env });
    expect(code).toBe(1);
    expect(stderr).toContain('imagine');
  }, 300_000);
});
