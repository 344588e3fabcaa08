/** Charts that numbers are added to while they are shown. Know nothing of jobs. Small ones for rows of tables are by themselves
 *  (sparkline.tsx), so that a page with nothing else does not load what draws these. */
export { Chart } from './chart.js';
export type { ChartLine } from './line.js';
