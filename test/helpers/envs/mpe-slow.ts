/** The particle environments once more, one instance at a time and as they are told: slow, and sharing nothing with src/envs/mpe. */

interface Disk {
  x: number;
  y: number;
  vx: number;
  vy: number;
  readonly radius: number;
  readonly solid: boolean;
}

interface Agent extends Disk {
  readonly force: number;
  readonly top: number;
  /** What it says, empty if it cannot. */
  words: number[];
}

interface Game {
  readonly agents: Agent[];
  readonly landmarks: Disk[];
  readonly goals: readonly number[];
}

/** One agent's action: where it pushes, in [−1, 1] each, and what it says. */
export interface SlowAction {
  readonly push: readonly [number, number];
  readonly words: readonly number[];
}

export type SlowOptions = Readonly<Record<string, number | string>>;

const gap = (a: Disk, b: Disk): number => Math.hypot(a.x - b.x, a.y - b.y);
const seenFrom = (a: Disk, b: Disk): number[] => [b.x - a.x, b.y - a.y];
const touching = (a: Disk, b: Disk): boolean => gap(a, b) < a.radius + b.radius;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;

/** Advances all disks by 0.1 s. */
function advance({ agents, landmarks }: Game, actions: readonly SlowAction[]): void {
  const everything: readonly Disk[] = [...agents, ...landmarks];
  const forces = agents.map((agent, i) => {
    const total = actions[i].push.map((push) => push * agent.force);
    for (const other of everything) {
      if (other === agent || !agent.solid || !other.solid) continue;
      const overlap = agent.radius + other.radius - gap(agent, other);
      const strength = 100 * 0.001 * Math.log1p(Math.exp(-Math.abs(overlap) / 0.001)) + 100 * Math.max(0, overlap);
      total[0] += (strength * (agent.x - other.x)) / gap(agent, other);
      total[1] += (strength * (agent.y - other.y)) / gap(agent, other);
    }
    return total;
  });
  agents.forEach((agent, i) => {
    agent.x += 0.1 * agent.vx;
    agent.y += 0.1 * agent.vy;
    agent.vx = 0.75 * agent.vx + 0.1 * forces[i][0];
    agent.vy = 0.75 * agent.vy + 0.1 * forces[i][1];
    const speed = Math.hypot(agent.vx, agent.vy);
    if (speed > agent.top) {
      agent.vx *= agent.top / speed;
      agent.vy *= agent.top / speed;
    }
    agent.words = [...actions[i].words];
  });
}

const isAdversary = (game: Game, agent: Agent): boolean => agent === game.agents[0];
const others = (game: Game, agent: Agent): Agent[] => game.agents.filter((other) => other !== agent);

interface Rules {
  rewards(game: Game, options: SlowOptions): number[];
  observe(game: Game, agent: Agent, options: SlowOptions): number[];
}

const penalty = (place: number): number => {
  const x = Math.abs(place);
  if (x >= 1) return Math.min(10, Math.exp(2 * x - 2));
  return x >= 0.9 ? 10 * (x - 0.9) : 0;
};
const chasers = ({ agents }: Game): Agent[] => agents.filter(({ radius }) => radius === 0.075);
const chased = ({ agents }: Game): Agent[] => agents.filter(({ radius }) => radius === 0.05);
const shades = (count: number, goal: number, bright: number, dark: number): number[] =>
  Array.from({ length: count }, (_, l) => (l === goal ? bright : dark));

const RULES: Readonly<Record<string, Rules>> = {
  'simple-spread-v1': {
    rewards(game, { localRatio }) {
      const r = Number(localRatio);
      const all = -sum(game.landmarks.map((landmark) => Math.min(...game.agents.map((agent) => gap(agent, landmark)))));
      return game.agents.map(
        (agent) => (1 - r) * all - r * others(game, agent).filter((other) => touching(agent, other)).length,
      );
    },
    observe: (game, agent) => [
      agent.vx,
      agent.vy,
      agent.x,
      agent.y,
      ...game.landmarks.flatMap((landmark) => seenFrom(agent, landmark)),
      ...others(game, agent).flatMap((other) => seenFrom(agent, other)),
      ...others(game, agent).flatMap(() => [0, 0]),
    ],
  },
  'simple-tag-v1': {
    rewards(game) {
      const touches = chased(game).map((agent) => chasers(game).filter((other) => touching(agent, other)).length);
      return [
        ...chasers(game).map(() => 10 * sum(touches)),
        ...chased(game).map(({ x, y }, i) => -10 * touches[i] - penalty(x) - penalty(y)),
      ];
    },
    observe: (game, agent) => [
      agent.vx,
      agent.vy,
      agent.x,
      agent.y,
      ...game.landmarks.flatMap((landmark) => seenFrom(agent, landmark)),
      ...others(game, agent).flatMap((other) => seenFrom(agent, other)),
      ...chased(game).flatMap((other) => (other === agent ? [] : [other.vx, other.vy])),
    ],
  },
  'simple-adversary-v1': {
    rewards(game) {
      const [adversary, ...good] = game.agents.map((agent) => gap(agent, game.landmarks[game.goals[0]]));
      return [-adversary, ...good.map(() => adversary - Math.min(...good))];
    },
    observe: (game, agent) => [
      ...(isAdversary(game, agent) ? [] : seenFrom(agent, game.landmarks[game.goals[0]])),
      ...game.landmarks.flatMap((landmark) => seenFrom(agent, landmark)),
      ...others(game, agent).flatMap((other) => seenFrom(agent, other)),
    ],
  },
  'simple-reference-v1': {
    rewards(game, { localRatio }) {
      const r = Number(localRatio);
      const own = game.agents.map((agent, i) => -gap(others(game, agent)[0], game.landmarks[game.goals[i]]));
      return own.map((reward) => (1 - r) * mean(own) + r * reward);
    },
    observe: (game, agent) => [
      agent.vx,
      agent.vy,
      ...game.landmarks.flatMap((landmark) => seenFrom(agent, landmark)),
      ...shades(game.landmarks.length, game.goals[game.agents.indexOf(agent)], 0.75, 0.25),
      ...others(game, agent)[0].words,
    ],
  },
  'simple-speaker-listener-v1': {
    rewards({ agents: [, listener], landmarks, goals }) {
      const squared = gap(listener, landmarks[goals[0]]) ** 2;
      return [-squared, -squared];
    },
    observe({ agents: [speaker, listener], landmarks, goals }, agent) {
      if (agent === speaker) return shades(landmarks.length, goals[0], 0.65, 0.15);
      return [
        listener.vx,
        listener.vy,
        ...landmarks.flatMap((landmark) => seenFrom(listener, landmark)),
        ...speaker.words,
      ];
    },
  },
};

const still = { vx: 0, vy: 0 };
const SPREADER = { radius: 0.15, solid: true, force: 5, top: Infinity };
const CHASER = { radius: 0.075, solid: true, force: 3, top: 1 };
const CHASED = { radius: 0.05, solid: true, force: 4, top: 1.3 };
const WALKER = { radius: 0.1, solid: false, force: 5, top: Infinity };

function bodyOf(id: string, i: number, options: SlowOptions): Omit<Agent, 'x' | 'y' | 'vx' | 'vy' | 'words'> {
  if (id === 'simple-spread-v1') return SPREADER;
  if (id === 'simple-tag-v1') return i < Number(options.adversaries) ? CHASER : CHASED;
  return WALKER;
}

/** A game at its start. places: agents, then landmarks. */
export function startSlowly(
  id: string,
  options: SlowOptions,
  agents: number,
  places: readonly (readonly [number, number])[],
  goals: readonly number[],
) {
  const rules = RULES[id];
  const at = ([x, y]: readonly [number, number]) => ({ x, y, ...still });
  const words = (): number[] => new Array(Number(options.words ?? 0)).fill(0);
  const game: Game = {
    agents: places.slice(0, agents).map((place, i) => ({ ...at(place), ...bodyOf(id, i, options), words: words() })),
    landmarks: places.slice(agents).map((place) => ({ ...at(place), radius: 0.2, solid: id === 'simple-tag-v1' })),
    goals,
  };
  return {
    game,
    observations: () => game.agents.map((agent) => rules.observe(game, agent, options)),
    /** Advances by one step and returns the rewards. */
    step(actions: readonly SlowAction[]): number[] {
      advance(game, actions);
      return rules.rewards(game, options);
    },
  };
}
