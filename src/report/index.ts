/** The report of a run as one self-contained HTML page: text in, text out. Reads and writes no files, needs no network when
 *  shown. Imports base, jobs and training, their types only. */
export { type ReportInput, renderReport } from './render.js';
