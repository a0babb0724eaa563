import { isOutage } from '../failures/is-outage.ts';
import { CLOSED, failure, type Failure } from '../failures/failure.ts';
import { REFUSALS } from '../failures/kinds.ts';
import { toError } from '../failures/to-error.ts';
import type { Call } from '../pipeline/call.ts';
import { Layer } from '../pipeline/layer.ts';
import type { Admission } from '../pipeline/admission.ts';
import type { EventHub } from '../telemetry/hub.ts';
import type { FailureSummary } from '../telemetry/events.ts';
import { summarize } from '../telemetry/redact.ts';
import type { Counters } from '../telemetry/stats.ts';

/** Events of calls that Redis did not serve. */
type Unserved = 'call.failed' | 'call.refused' | 'call.fallback';

/** The outermost layer: gives the outcome to the caller and states it. */
export class SettlementLayer extends Layer {
  readonly #hub: EventHub;
  readonly #counters: Counters;
  readonly #admission: Admission;
  readonly #stackTraces: boolean;
  #summarized: { readonly failure: Failure; readonly summary: FailureSummary } | undefined;

  constructor(hub: EventHub, counters: Counters, admission: Admission, stackTraces: boolean) {
    super();
    this.#hub = hub;
    this.#admission = admission;
    this.#counters = counters;
    this.#stackTraces = stackTraces;
  }

  override send(call: Call): void {
    this.#admission.entered();
    if (this.#admission.isClosing) this.failed(call, CLOSED);
    else this.inner.send(call);
  }

  override dispatched(): void {
    this.#counters.attempts++;
  }

  override succeeded(call: Call, reply: unknown): void {
    if (call.settled) return;
    if (reply === null && call.strict) {
      this.failed(call, notFound(call));
      return;
    }
    call.settled = true;
    const { fellBackOn } = call;
    if (fellBackOn) this.#counters.fallbacks++;
    else this.#counters.succeeded++;
    settle(call, call.resolve, reply);
    this.#admission.left();
    if (fellBackOn) this.#state('call.fallback', call, fellBackOn);
    else this.#hub.succeeded(call);
  }

  override failed(call: Call, reason: Failure): void {
    if (call.settled) return;
    call.settled = true;
    const facts = factsOf(call);
    const { command, attempts, durationMs: elapsedMs } = facts;
    const error = toError(reason, { command, attempts, elapsedMs }, this.#stackTraces);
    // Code that fires and forgets must survive an outage; whoever awaits the call still sees it.
    if (isOutage(error) || reason.forgettable) call.promise?.catch(ignore);
    settle(call, call.reject, error);
    this.#admission.left();
    const refused = REFUSALS.has(reason.kind);
    this.#counters.failed(reason.kind, refused);
    this.#state(refused ? 'call.refused' : 'call.failed', call, reason, facts);
  }

  /** States what became of a call that Redis did not serve, where anybody wants to hear of it. */
  #state(type: Unserved, call: Call, reason: Failure, facts = factsOf(call)): void {
    if (!this.#hub.wants(type)) return;
    const { command, attempts, durationMs } = facts;
    this.#hub.state(
      { type, command, attempts, durationMs, failure: this.#summaryOf(reason) },
      call,
    );
  }

  /** A lost connection is one failure of thousands of calls, and told of one after the other. */
  #summaryOf(failure: Failure): FailureSummary {
    if (this.#summarized?.failure !== failure) {
      this.#summarized = { failure, summary: summarize(failure) };
    }
    return this.#summarized.summary;
  }
}

/**
 * Tells the caller. What took no time is told a turn later: a caller that asks again at once, as a
 * load generator or a worker does, would keep the event loop from the very server it waits for.
 */
function settle(call: Call, tell: (outcome: unknown) => void, outcome: unknown): void {
  if (call.attempts > 0) tell(outcome);
  else setImmediate(tell, outcome);
}

/** What a strict view makes of `null`. */
function notFound({ operation }: Call): Failure {
  const message = `${operation.name} found nothing`;
  return failure({ kind: 'not-found', execution: 'executed', endedBy: 'server', message });
}

function factsOf(call: Call): { command: string; attempts: number; durationMs: number } {
  return { command: call.operation.name, attempts: call.attempts, durationMs: call.elapsedMs };
}

function ignore(): void {
  // Counted and logged; the caller may still look at it.
}
