import { useEffect, useRef, useState } from 'preact/hooks';
import type { Job } from '../../client/index.js';
import { useClient } from '../session.js';
import { JobFeed, type JobNews } from './job-feed.js';
import type { XAxis } from './points-of.js';

export interface FollowedJob extends JobNews {
  /** What somebody has just changed of the job. */
  readonly note: (job: Job) => void;
  /** Begins again, after an error. */
  readonly restart: () => void;
}

const NOTHING: JobNews = {
  job: undefined,
  lines: undefined,
  connection: 'connecting',
  error: undefined,
  removed: false,
  turns: 0,
  checkpoints: 0,
  evaluations: 0,
};

const later = (callback: () => void, ms: number): (() => void) => {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
};

/** Follows a job as long as the component is shown. */
export function useJobFeed(jobId: string, axis: XAxis): FollowedJob {
  const client = useClient();
  const [news, setNews] = useState(NOTHING);
  const [begun, setBegun] = useState(0);
  const feed = useRef<JobFeed | null>(null);
  const firstAxis = useRef(axis);
  firstAxis.current = axis;
  useEffect(() => {
    const own = new JobFeed(jobId, firstAxis.current, { client, later }, setNews);
    feed.current = own;
    void own.run();
    return () => own.close();
  }, [client, jobId, begun]);
  useEffect(() => feed.current?.setAxis(axis), [axis]);
  return {
    ...news,
    note: (job) => feed.current?.noteJob(job),
    restart: () => {
      setNews(NOTHING);
      setBegun((count) => count + 1);
    },
  };
}
