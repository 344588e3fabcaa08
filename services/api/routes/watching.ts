import type { RouteGroup } from '../route.js';
import { JobHistories } from '../series/job-histories.js';
import { checkpointRoutes } from './checkpoints.js';
import { evaluationRoutes } from './evaluations.js';
import { eventRoutes } from './events.js';
import { exportRoutes } from './exports.js';
import { reportRoutes } from './report.js';
import { seriesRoutes } from './series.js';
import { timelineRoutes } from './timeline.js';

/** Everything that is told of a job while it trains and afterwards. */
export const watchingRoutes: RouteGroup = (app, context) => {
  const histories = new JobHistories({ events: context.broker.events, clock: context.clock });
  eventRoutes(app, context);
  seriesRoutes(app, context, histories);
  timelineRoutes(app, context, histories);
  evaluationRoutes(app, context, histories);
  checkpointRoutes(app, context);
  exportRoutes(app, context);
  reportRoutes(app, context);
};
