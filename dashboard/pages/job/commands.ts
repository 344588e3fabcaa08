import type { Job } from '../../../client/index.js';

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const specText = ({ spec }: Job): string => JSON.stringify(spec, null, 2);

/** What launches the same job again, in a shell. The key, if one is needed, is read from the environment. */
export function submitCommand(job: Job, url: string): string {
  const labels = Object.entries(job.labels).map(([name, value]) => ` --label ${quote(`${name}=${value}`)}`);
  return `marlin jobs submit - --url ${quote(url)}${labels.join('')} <<'SPEC'\n${specText(job)}\nSPEC\n`;
}

export function curlCommand(job: Job, url: string, withKey: boolean): string {
  const body = JSON.stringify({ spec: job.spec, labels: job.labels }, null, 2);
  const key = withKey ? ' -H "Authorization: Bearer $MARLIN_API_KEY"' : '';
  return `curl -sS --fail-with-body ${quote(`${url}/v1/jobs`)} -H 'Content-Type: application/json'${key} --data-binary @- <<'BODY'\n${body}\nBODY\n`;
}
