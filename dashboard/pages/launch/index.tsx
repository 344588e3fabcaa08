import type { JSX } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';
import { type Launch, MarlinApiError } from '../../../client/index.js';
import { Field, Page, Panel, Problem } from '../../components/index.js';
import { useLoad } from '../../loading.js';
import { navigate } from '../../router.js';
import { useSession } from '../../session.js';
import { TypedInput } from './controls.js';
import { NO_FAULTS, placeFaults, withMissing } from './form/faults.js';
import { formOf, shownPointers } from './form/form-node.js';
import type { JsonObject, JsonSchema } from './form/json-schema.js';
import { type Path, setAt } from './form/spec-value.js';
import { labelsText, readLabels } from './form/texts.js';
import './launch.css';
import { LaunchKeys } from './launch-key.js';
import { LaunchSide } from './launch-side.js';
import { PRESETS } from './presets.js';
import { HEAD } from './sections.js';
import { SpecField } from './spec-field.js';
import { SpecSections } from './spec-sections.js';
import { SpecText } from './spec-text.js';
import { Tabs } from './tabs.js';
import { useDryRun } from './use-dry-run.js';

/** A form for a job, made of the schema that the API gives of it. */
export function LaunchPage({ query }: { readonly query: URLSearchParams }): JSX.Element {
  const { client } = useSession();
  const { value: schema, error, reload } = useLoad((signal) => client.getJobSchema({ signal }), [client]);
  return (
    <Page title="Launch a job">
      {error !== undefined && schema === undefined && <Problem error={error} onRetry={reload} />}
      {schema !== undefined && <LaunchForm schema={schema as JsonSchema} query={query} />}
    </Page>
  );
}

/** What the form begins with: `?preset` by name, `?env` with its defaults, else the first preset that the server can train. */
function beginning(query: URLSearchParams, environments: readonly string[]): JsonObject {
  const preset = PRESETS.find(({ name }) => name === query.get('preset'));
  if (preset !== undefined) return preset;
  const wanted = query.get('env');
  if (wanted !== null) return ofEnvironment(wanted);
  return PRESETS.find(({ env }) => environments.includes(env.id)) ?? ofEnvironment(environments[0] ?? '');
}

const ofEnvironment = (id: string): JsonObject => ({ env: { id } });

/** Another environment or algorithm has other options. */
const NAMES_OPTIONS: readonly string[] = ['env', 'algorithm'];

interface LaunchFormProps {
  readonly schema: JsonSchema;
  readonly query: URLSearchParams;
}

function LaunchForm({ schema, query }: LaunchFormProps): JSX.Element {
  const { client, mayLaunch } = useSession();
  const environments = useMemo(() => environmentsOf(schema), [schema]);
  const [spec, setSpec] = useState<unknown>(() => beginning(query, environments));
  const [labels, setLabels] = useState<Readonly<Record<string, string>>>({});
  const [view, setView] = useState<'form' | 'json'>('form');
  const [unreadable, setUnreadable] = useState<string | null>(null);
  const [launching, setLaunching] = useState(false);
  const [refused, setRefused] = useState<unknown>();
  const keys = useRef(new LaunchKeys((words) => void crypto.getRandomValues(words)));

  const body = useMemo((): Launch => {
    const labelled = Object.keys(labels).length > 0;
    return { spec: spec as Launch['spec'], ...(labelled ? { labels } : {}) };
  }, [spec, labels]);
  const form = useMemo(() => formOf(schema, spec), [schema, spec]);
  const dryRun = useDryRun(unreadable === null && mayLaunch !== false ? body : null);

  // What was wrong before says nothing of a text that cannot be read.
  const wrong = unreadable === null ? (refused ?? dryRun.error) : undefined;
  const places = wrong instanceof MarlinApiError ? wrong.pointers : [];
  const shown = useMemo(() => shownPointers(form), [form]);
  const faults = useMemo(
    () => (view === 'form' && places.length > 0 ? withMissing(placeFaults(places, shown), form) : NO_FAULTS),
    [places, shown, form, view],
  );
  const labelFault = places.find(({ pointer }) => pointer.startsWith('/labels'))?.detail;
  const elsewhere = faults.elsewhere.filter(({ pointer }) => !pointer.startsWith('/labels'));

  const begin = (from: JsonObject): void => {
    setRefused(undefined);
    setUnreadable(null);
    setSpec(from);
  };
  const change = (path: Path, value: unknown): void => {
    setRefused(undefined);
    setSpec((before: unknown) => {
      const [first, second] = path;
      const next = setAt(before, path, value);
      const other = path.length === 2 && second === 'id' && first !== undefined && NAMES_OPTIONS.includes(first);
      return other ? setAt(next, [first, 'options'], undefined) : next;
    });
  };
  const launch = async (): Promise<void> => {
    setLaunching(true);
    setRefused(undefined);
    try {
      const { id } = await client.launchJob(body, { idempotencyKey: keys.current.keyFor(body) });
      navigate(`/jobs/${id}`);
    } catch (thrown) {
      setRefused(thrown);
      setLaunching(false);
    }
  };

  const usable = PRESETS.filter(({ env }) => environments.includes(env.id));
  const presetAt = (usable as readonly unknown[]).indexOf(spec);
  return (
    <form
      class="launch"
      onSubmit={(event) => {
        event.preventDefault();
        void launch();
      }}
    >
      <div class="stack">
        <Panel>
          <div class="launch-head">
            <Field label="Begin with" help="Specs that are known to learn. Everything can be changed afterwards.">
              {(control) => (
                <select
                  {...control}
                  value={presetAt < 0 ? '' : String(presetAt)}
                  onChange={(event) => {
                    const preset = usable[Number(event.currentTarget.value)];
                    if (event.currentTarget.value !== '' && preset !== undefined) begin(preset);
                  }}
                >
                  <option value="">{presetAt < 0 ? 'your own' : 'choose …'}</option>
                  {usable.map(({ name, env }, i) => (
                    <option key={name} value={String(i)}>
                      {name} ({env.id})
                    </option>
                  ))}
                </select>
              )}
            </Field>
            <Tabs
              label="How the spec is shown"
              tabs={[
                { id: 'form', title: 'Form' },
                { id: 'json', title: 'As JSON' },
              ]}
              shown={view}
              onShow={(id) => {
                setUnreadable(null);
                setView(id as 'form' | 'json');
              }}
            />
          </div>
          <div class="spec-fields top">
            {view === 'form' &&
              form.kind === 'group' &&
              form.fields
                .filter(({ name }) => HEAD.includes(name))
                .map((field) => <SpecField key={field.name} field={field} faults={faults} onChange={change} />)}
            <Field label="labels" fault={labelFault} help="To find jobs by: name=value, with commas between.">
              {(control) => (
                <TypedInput
                  control={control}
                  value={labels}
                  read={readLabels}
                  show={(value) => labelsText(value as Record<string, string>)}
                  placeholder="team=markets"
                  onChange={(value) => {
                    setRefused(undefined);
                    setLabels(value as Record<string, string>);
                  }}
                />
              )}
            </Field>
          </div>
        </Panel>
        {view === 'form' ? (
          <SpecSections form={form} faults={faults} onChange={change} />
        ) : (
          <SpecText
            spec={spec}
            onChange={(value) => {
              setRefused(undefined);
              setSpec(value);
            }}
            onFault={setUnreadable}
          />
        )}
      </div>
      <LaunchSide
        dryRun={dryRun}
        wrong={wrong}
        unreadable={unreadable}
        faults={faults}
        allPlaced={places.length > 0 && view === 'form' && elsewhere.length === 0}
        mayLaunch={mayLaunch !== false}
        launching={launching}
      />
    </form>
  );
}

/** Ids of the environments that the schema allows. */
function environmentsOf(schema: JsonSchema): string[] {
  const choices = schema.properties?.env?.properties?.id?.oneOf ?? [];
  return choices.flatMap(({ const: id }) => (typeof id === 'string' ? [id] : []));
}
