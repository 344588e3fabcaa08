import { type Static, type TObject, type TSchema, Type } from 'typebox';
import type { RandomStream } from '../base/index.js';
import type { BoxSpace, Space } from '../spaces/index.js';
import { defineBatchedEnvironment } from './definition.js';
import type { Instance } from './instance.js';
import type { AgentSpec, Environment, EnvironmentDefinition, StateSpec } from './port.js';
import { batchSingle } from './single-batch.js';

/** An agent in the short form, where its id is the key. */
export interface AgentEntry {
  readonly observation: BoxSpace;
  readonly action: Space;
  readonly masked?: boolean;
}

/** What is declared in the same words for one instance and for a batch. */
const REPORTING = ['rewardHeads', 'returnHead', 'episodeMetrics', 'ratioMetrics', 'profiles'] as const;

export type AgentList = readonly AgentSpec[] | Readonly<Record<string, AgentEntry>>;

type AgentIdOf<Agents extends AgentList> = Agents extends readonly { readonly id: infer Id extends string }[]
  ? Id
  : keyof Agents & string;

/** An environment written for one instance. Everything that may depend on options is given as such or as a function of them. */
export interface SingleEnvironment<Options extends TSchema, State extends StateSpec, Agents extends AgentList>
  extends Pick<Environment, (typeof REPORTING)[number]> {
  /** `^[a-z0-9]+(-[a-z0-9]+)*-v[0-9]+$`. A change of behavior gets a new version. */
  readonly id: string;
  readonly description?: string;
  /** TypeBox schema with a default for each option; absent when there are none. */
  readonly options?: Options;
  readonly agents: Agents | ((options: Static<Options>) => readonly AgentSpec[]);
  /** All that an instance remembers from step to step. */
  readonly state?: State | ((options: Static<Options>) => State);
  readonly globalState?: BoxSpace | ((options: Static<Options>) => BoxSpace);
  /** Starts an episode: writes state and observations (masks and global state where declared). */
  reset(instance: Instance<State, AgentIdOf<Agents>>, random: RandomStream, options: Static<Options>): void;
  /** One step: reads actions, writes state, observations and rewards, and says whether the episode ended. */
  step(instance: Instance<State, AgentIdOf<Agents>>, random: RandomStream, options: Static<Options>): void;
}

/** Makes an environment of one that is written for a single instance: instances are copied in and out of scratch arrays,
 *  which costs about 200 ns each and allocates nothing. See docs/adding-an-environment.md.
 *  Throws ENV_DEFINITION_INVALID. */
export function defineEnvironment<
  Options extends TSchema = TObject<Record<never, never>>,
  const State extends StateSpec = Record<never, never>,
  const Agents extends AgentList = AgentList,
>(single: SingleEnvironment<Options, State, Agents>): EnvironmentDefinition<Static<Options>> {
  return defineBatchedEnvironment({
    id: single.id,
    description: single.description ?? '',
    options: single.options ?? Type.Object({}, { additionalProperties: false }),
    create(options) {
      const { agents, state, globalState } = single;
      return batchSingle(
        {
          id: single.id,
          agents: listAgents(typeof agents === 'function' ? agents(options) : agents),
          state: (typeof state === 'function' ? state(options) : state) ?? {},
          ...reportingOf(single),
          ...(globalState === undefined
            ? {}
            : { globalState: typeof globalState === 'function' ? globalState(options) : globalState }),
        },
        (instance, random) => single.reset(instance as Instance<State, AgentIdOf<Agents>>, random, options),
        (instance, random) => single.step(instance as Instance<State, AgentIdOf<Agents>>, random, options),
      );
    },
  });
}

const reportingOf = (declared: Pick<Environment, (typeof REPORTING)[number]>) =>
  Object.fromEntries(REPORTING.filter((name) => declared[name] !== undefined).map((name) => [name, declared[name]]));

function listAgents(agents: AgentList): readonly AgentSpec[] {
  if (isList(agents)) return agents;
  return Object.entries(agents).map(([id, { observation, action, masked }]) => ({
    id,
    observationSpace: observation,
    actionSpace: action,
    ...(masked === undefined ? {} : { masked }),
  }));
}

const isList = (agents: AgentList): agents is readonly AgentSpec[] => Array.isArray(agents);
