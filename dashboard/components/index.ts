/** What all pages are made of. */
export { Button } from './button.js';
export { Dialog } from './dialog.js';
export { DialogForm } from './dialog-form.js';
export { Empty } from './empty.js';
export { Field, type FieldControl } from './field.js';
export { Page, Panel } from './page.js';
export { Problem, problemText } from './problem.js';
export { Prose } from './prose.js';
export { StateBadge } from './state-badge.js';
export { type Column, Table } from './table.js';
export { TextField } from './text-field.js';
export { Duration, Time, useNow } from './time.js';
