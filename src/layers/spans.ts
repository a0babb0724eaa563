import type { Failure } from '../failures/failure.ts';
import type { Call } from '../pipeline/call.ts';
import { Layer } from '../pipeline/layer.ts';
import type { ResilienceEvent } from '../telemetry/events.ts';
import type { EventHub } from '../telemetry/hub.ts';
import { failureFields, serverFields } from '../telemetry/log-fields.ts';
import { summarize } from '../telemetry/redact.ts';
import type { CallSpan, SpanFields, StartSpan } from '../telemetry/telemetry.ts';

/** A call whose span is open. */
interface Traced {
  readonly span: CallSpan;
  /** The failure of the attempt before, once there was one. */
  failure: Failure | undefined;
}

type Open = Map<Call, Traced>;

/** The layers of traces: the first begins and ends a call's span, the second, inside of the retries, tells it of attempts. */
export function spanLayers(
  client: string,
  startSpan: StartSpan,
  hub: EventHub,
): readonly [Layer, Layer] {
  const open: Open = new Map();
  hub.subscribe((event) => {
    if (open.size > 0) tellAll(open, event);
  }, isAboutConnection);
  return [new CallSpanLayer(client, startSpan, open), new AttemptEventLayer(open)];
}

class CallSpanLayer extends Layer {
  readonly #client: string;
  readonly #startSpan: StartSpan;
  readonly #open: Open;

  constructor(client: string, startSpan: StartSpan, open: Open) {
    super();
    this.#client = client;
    this.#startSpan = startSpan;
    this.#open = open;
  }

  override send(call: Call): void {
    const span = guest(() => this.#startSpan(this.#client, call.operation.name));
    if (!span) {
      this.inner.send(call);
      return;
    }
    this.#open.set(call, { span, failure: undefined });
    span.within(() => {
      this.inner.send(call);
    });
  }

  override succeeded(call: Call, reply: unknown): void {
    this.#end(call);
    this.outer.succeeded(call, reply);
  }

  override failed(call: Call, reason: Failure): void {
    this.#end(call, reason);
    this.outer.failed(call, reason);
  }

  #end(call: Call, reason?: Failure): void {
    const { span } = this.#open.get(call) ?? {};
    this.#open.delete(call);
    guest(() => span?.end(call.attempts, reason && summarize(reason)));
  }
}

class AttemptEventLayer extends Layer {
  readonly #open: Open;

  constructor(open: Open) {
    super();
    this.#open = open;
  }

  override send(call: Call): void {
    const traced = this.#open.get(call);
    if (!traced?.failure) {
      this.inner.send(call);
      return;
    }
    const fields = {
      ...failureFields(summarize(traced.failure)),
      'redis.attempt': call.attempts + 1,
    };
    tell(traced, 'attempt.retried', fields);
    // What ended the attempt before, a timer for example, has another context or none.
    traced.span.within(() => {
      this.inner.send(call);
    });
  }

  override failed(call: Call, reason: Failure): void {
    const traced = this.#open.get(call);
    if (traced) {
      traced.failure = reason;
      if (reason.kind === 'circuit-open' || reason.kind === 'overloaded') {
        tell(traced, 'call.refused', failureFields(summarize(reason)));
      }
    }
    this.outer.failed(call, reason);
  }
}

const isAboutConnection = (type: ResilienceEvent['type']): boolean =>
  type === 'connection.lost' || type === 'connection.replaced';

/** Whatever was under way has to do with it: it waits for the next connection, or was on this one. */
function tellAll(open: Open, event: ResilienceEvent): void {
  if (event.type !== 'connection.lost' && event.type !== 'connection.replaced') return;
  const fields = {
    ...failureFields(event.failure),
    'redis.connection': event.connection,
    ...(event.address !== undefined && serverFields(event.address)),
  };
  for (const traced of open.values()) tell(traced, event.type, fields);
}

function tell({ span }: Traced, event: string, fields: SpanFields): void {
  guest(() => {
    span.happened(event, fields);
  });
}

/** Does something of a tracer's: what it throws must not reach a call. */
function guest<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
