import type { JobFilter, JobState } from '../../../client/index.js';

export const STATES: readonly JobState[] = ['queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled'];
export const DEFAULT_SORT = '-createdAt';
type Sort = NonNullable<JobFilter['sort']>;
const SORTS: readonly string[] = ['createdAt', 'updatedAt', 'name'].flatMap((key) => [key, `-${key}`]);

/** Which jobs are listed, and in which order: as the address of the page has it. */
export interface ListFilter {
  readonly states: readonly JobState[];
  readonly name: string;
  /** `name` or `name=value`, with commas between. */
  readonly label: string;
  readonly env: string;
  readonly algorithm: string;
  readonly sort: Sort;
}

export const readFilter = (query: URLSearchParams): ListFilter => {
  const states = (query.get('state') ?? '').split(',');
  const sort = query.get('sort') ?? '';
  return {
    states: STATES.filter((state) => states.includes(state)),
    name: query.get('name') ?? '',
    label: query.get('label') ?? '',
    env: query.get('env') ?? '',
    algorithm: query.get('algorithm') ?? '',
    sort: SORTS.includes(sort) ? (sort as Sort) : DEFAULT_SORT,
  };
};

/** The address of the page with this filter; without what is as it begins. */
export function addressOf({ states, sort, ...texts }: ListFilter): string {
  const query = new URLSearchParams();
  if (states.length > 0) query.set('state', states.join(','));
  for (const [name, value] of Object.entries(texts)) if (value !== '') query.set(name, value);
  if (sort !== DEFAULT_SORT) query.set('sort', sort);
  const text = query.toString();
  return text === '' ? '/' : `/?${text}`;
}

/** As the client takes it. */
export function jobFilterOf({ states, name, label, env, algorithm, sort }: ListFilter): JobFilter {
  const labels = label
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return {
    sort,
    ...(states.length > 0 ? { state: states } : {}),
    ...(name === '' ? {} : { name }),
    ...(labels.length > 0 ? { label: labels } : {}),
    ...(env === '' ? {} : { env }),
    ...(algorithm === '' ? {} : { algorithm }),
  };
}

/** Whether any job could be left out by it. */
export const filters = ({ states, name, label, env, algorithm }: ListFilter): boolean =>
  states.length > 0 || [name, label, env, algorithm].some((text) => text !== '');
