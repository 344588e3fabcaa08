import type { JSX } from 'preact';
import type { Job } from '../../../client/index.js';
import { Panel } from '../../components/index.js';
import { useSession } from '../../session.js';
import { curlCommand, submitCommand } from './commands.js';
import { CopyButton } from './copy-button.js';
import { lagText } from './lag-text.js';

/** What a job was told, with all defaults, and ways to take it along. */
export function Spec({ job }: { readonly job: Job }): JSX.Element {
  const { keyId } = useSession();
  const text = JSON.stringify(job.spec, null, 2);
  return (
    <Panel
      title="Spec"
      actions={
        <>
          <CopyButton text={submitCommand(job, location.origin)} what="as a marlin command">
            Copy as marlin command
          </CopyButton>
          <CopyButton text={curlCommand(job, location.origin, keyId !== null)} what="as a curl command">
            Copy as curl
          </CopyButton>
          <CopyButton text={text} what="as JSON">
            Copy as JSON
          </CopyButton>
        </>
      }
    >
      <details class="spec">
        <summary>
          {job.env} · {job.algorithm} · {job.spec.rollout.shards} shards × {job.spec.rollout.envsPerShard} instances ×{' '}
          {job.spec.rollout.horizon} steps · {lagText(job.spec)}
        </summary>
        <pre>{text}</pre>
      </details>
    </Panel>
  );
}
