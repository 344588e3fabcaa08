import { MarlinError } from '../../base/index.js';
import { brokerError } from '../errors.js';

/** Replies of a server that will be able to serve later: it is starting, running a long script, a replica, or cannot save. */
const PASSING = /^(BUSY|LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|MISCONF)\b/;
const REFUSED = /^(NOAUTH|WRONGPASS|NOPERM|ERR AUTH|ERR invalid password)/;

/** What a failed command means to the caller; a MarlinError is passed on.
 *  BROKER_OUT_OF_MEMORY, BROKER_UNAVAILABLE, BROKER_REDIS_UNSUITABLE (access refused), or BROKER_REDIS_FAILED. */
export function fromRedisError(error: unknown): MarlinError {
  if (error instanceof MarlinError) return error;
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  // A script's error has the name of the script around the command's own.
  const reply = message.replace(/^ERR Error running script.*?: @?user_script: ?\d*:? ?/, '').replace(/^-/, '');
  const details = { cause: error, data: { reply: message.slice(0, 300) } };
  if (/\bOOM command not allowed/.test(message)) {
    return brokerError(
      'BROKER_OUT_OF_MEMORY',
      'Redis is out of memory and stores nothing more: raise its maxmemory, or wait until jobs have consumed their data.',
      details,
    );
  }
  if (PASSING.test(reply)) {
    return brokerError('BROKER_UNAVAILABLE', `Redis cannot serve now (${reply.slice(0, 120)}): try again.`, details);
  }
  if (REFUSED.test(reply)) {
    return brokerError(
      'BROKER_REDIS_UNSUITABLE',
      `Redis refuses access (${reply.slice(0, 120)}): put the right user and password into the URL.`,
      details,
    );
  }
  if (name === 'ReplyError') {
    return brokerError(
      'BROKER_REDIS_FAILED',
      `Redis refused a command: ${reply.slice(0, 200)}. Please report it.`,
      details,
    );
  }
  return brokerError('BROKER_UNAVAILABLE', `Redis did not answer (${message.slice(0, 120)}): try again.`, details);
}

/** Codes with which BullMQ refuses to settle a task that its caller does not hold any more. */
const LEASE_LOST = new Set<unknown>([-1, -2, -3, -6]);

/** Whether BullMQ says that the lease was lost (its lock ran out, and someone else has the task) or was settled before. */
export const isLeaseLost = (error: unknown): boolean => LEASE_LOST.has((error as { code?: unknown } | null)?.code);
