import type { ComponentChildren, JSX } from 'preact';

export interface Column<Row> {
  readonly id: string;
  readonly head: ComponentChildren;
  readonly cell: (row: Row) => ComponentChildren;
  /** Numbers are at the right. */
  readonly number?: boolean;
  /** What sorting by it asks for; without, it does not sort. */
  readonly sortKey?: string;
  /** Takes what the others leave. */
  readonly wide?: boolean;
}

interface TableProps<Row> {
  /** What the table is of, for those who do not see it. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** As the API has it: a key, after a minus descending. */
  readonly sort?: string;
  readonly onSort?: (sort: string) => void;
  /** Marked rows. */
  readonly selected?: (row: Row) => boolean;
}

/** A table; where the screen is narrow, each row is a block of labelled lines. */
export function Table<Row>({ label, columns, rows, keyOf, sort, onSort, selected }: TableProps<Row>): JSX.Element {
  return (
    <div class="table-frame">
      <table class="table" aria-label={label}>
        <thead>
          <tr>
            {columns.map(({ id, head, number, sortKey, wide }) => {
              const order = sortKey === undefined ? undefined : sort === sortKey ? 'ascending' : 'descending';
              const sorted = sortKey !== undefined && (sort === sortKey || sort === `-${sortKey}`);
              return (
                <th
                  key={id}
                  scope="col"
                  class={`${number === true ? 'number' : ''}${wide === true ? ' wide' : ''}`}
                  {...(sorted ? { 'aria-sort': order } : {})}
                >
                  {sortKey === undefined || onSort === undefined ? (
                    head
                  ) : (
                    <button
                      type="button"
                      class="sort"
                      onClick={() => onSort(sort === `-${sortKey}` ? sortKey : `-${sortKey}`)}
                    >
                      {head}
                      <span class="arrow" aria-hidden="true">
                        {sorted ? (order === 'ascending' ? '↑' : '↓') : '\u00a0'}
                      </span>
                    </button>
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} class={selected?.(row) === true ? 'selected' : ''}>
              {columns.map(({ id, head, cell, number, wide }) => (
                <td
                  key={id}
                  class={`cell-${id}${number === true ? ' number' : ''}${wide === true ? ' wide' : ''}`}
                  {...(typeof head === 'string' ? { 'data-label': head } : {})}
                >
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
