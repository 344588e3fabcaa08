import type { Broker } from '../../../src/broker/index.js';

const LOOK_MS = 2000;
/** Ids told at once. */
const MOST_IDS = 50;

export interface ActorsChange {
  /** Actors alive now. */
  readonly actors: number;
  readonly joined: readonly string[];
  readonly lost: readonly string[];
}

/** Notices actors that come and go, while anybody wants to know. */
export class ActorsWatch {
  readonly #broker: Pick<Broker, 'actors'>;
  readonly #tell: (change: ActorsChange) => void;
  #known: ReadonlySet<string> | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(broker: Pick<Broker, 'actors'>, tell: (change: ActorsChange) => void) {
    this.#broker = broker;
    this.#tell = tell;
  }

  /** Begins to look, or stops. */
  watch(wanted: boolean): void {
    if (wanted === (this.#timer !== undefined)) return;
    clearInterval(this.#timer);
    this.#timer = wanted ? setInterval(() => void this.look(), LOOK_MS) : undefined;
    this.#known = null;
    if (wanted) void this.look();
  }

  /** The first look only learns who is there. */
  async look(): Promise<void> {
    const records = await this.#broker.actors.list().catch(() => null);
    if (records === null) return;
    const alive = new Set(records.map(({ actorId }) => actorId));
    const known = this.#known ?? alive;
    this.#known = alive;
    const joined = [...alive].filter((id) => !known.has(id));
    const lost = [...known].filter((id) => !alive.has(id));
    if (joined.length === 0 && lost.length === 0) return;
    this.#tell({ actors: alive.size, joined: joined.slice(0, MOST_IDS), lost: lost.slice(0, MOST_IDS) });
  }
}
