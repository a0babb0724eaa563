import { AsyncResource } from 'node:async_hooks';

const NOBODY = new AsyncResource('redis-resilience', { requireManualDestroy: true });

/**
 * Does something that concerns every call, such as to connect or to test the server, in the async context of
 * none: it must not pass for a part of the trace of whoever happened to cause it, for as long as it goes on.
 */
export function inNoContext<T>(work: () => T): T {
  return NOBODY.runInAsyncScope(work);
}
