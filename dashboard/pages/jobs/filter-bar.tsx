import type { JSX } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import { Button } from '../../components/index.js';
import { useLoad } from '../../loading.js';
import { useClient } from '../../session.js';
import { filters, type ListFilter, readFilter, STATES } from './filter.js';

interface FilterBarProps {
  readonly filter: ListFilter;
  readonly onFilter: (filter: ListFilter) => void;
}

/** Which jobs are shown. */
export function FilterBar({ filter, onFilter }: FilterBarProps): JSX.Element {
  const client = useClient();
  const environments = useLoad((signal) => client.listEnvironments({ signal }), [client]);
  const algorithms = useLoad((signal) => client.listAlgorithms({ signal }), [client]);
  const set = (part: Partial<ListFilter>): void => onFilter({ ...filter, ...part });
  return (
    <search class="filters" aria-label="Jobs">
      <TextFilter label="Name" placeholder="Name has …" value={filter.name} onValue={(name) => set({ name })} />
      <TextFilter label="Labels" placeholder="label=value" value={filter.label} onValue={(label) => set({ label })} />
      <OneOf
        label="Environment"
        all="All environments"
        ids={environments.value?.map(({ id }) => id) ?? []}
        value={filter.env}
        onValue={(env) => set({ env })}
      />
      <OneOf
        label="Algorithm"
        all="All algorithms"
        ids={algorithms.value?.map(({ id }) => id) ?? []}
        value={filter.algorithm}
        onValue={(algorithm) => set({ algorithm })}
      />
      <fieldset class="states">
        <legend class="hidden">States</legend>
        {STATES.map((state) => (
          <button
            key={state}
            type="button"
            class="state-toggle"
            aria-pressed={filter.states.includes(state)}
            onClick={() =>
              set({
                states: filter.states.includes(state)
                  ? filter.states.filter((other) => other !== state)
                  : [...filter.states, state],
              })
            }
          >
            {state}
          </button>
        ))}
      </fieldset>
      <span class={filters(filter) ? 'clear' : 'clear idle'}>
        <Button
          look="quiet"
          small
          onClick={() => onFilter({ ...readFilter(new URLSearchParams()), sort: filter.sort })}
        >
          Clear
        </Button>
      </span>
    </search>
  );
}

const PAUSE_MS = 250;

interface TextFilterProps {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
}

/** Text that holds once the person pauses. */
function TextFilter({ label, placeholder, value, onValue }: TextFilterProps): JSX.Element {
  const [text, setText] = useState(value);
  const id = useId();
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onValue(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <span class="filter">
      <label class="hidden" for={id}>
        {label}
      </label>
      <input
        id={id}
        type="search"
        autocomplete="off"
        spellcheck={false}
        placeholder={placeholder}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
    </span>
  );
}

interface OneOfProps {
  readonly label: string;
  readonly all: string;
  readonly ids: readonly string[];
  readonly value: string;
  readonly onValue: (value: string) => void;
}

function OneOf({ label, all, ids, value, onValue }: OneOfProps): JSX.Element {
  const id = useId();
  const shown = value === '' || ids.includes(value) ? ids : [...ids, value];
  return (
    <span class="filter">
      <label class="hidden" for={id}>
        {label}
      </label>
      <select id={id} value={value} onChange={(event) => onValue(event.currentTarget.value)}>
        <option value="">{all}</option>
        {shown.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
    </span>
  );
}
