import type { Failure } from '../failures/failure.ts';
import { REFUSALS } from '../failures/kinds.ts';
import type { Call } from '../pipeline/call.ts';
import { Layer } from '../pipeline/layer.ts';
import { LinkedList } from '../pipeline/linked-list.ts';
import { OpenSpan } from '../pipeline/open-span.ts';
import type { ResilienceEvent } from '../telemetry/events.ts';
import type { EventHub } from '../telemetry/hub.ts';
import { failureFields, serverFields } from '../telemetry/log-fields.ts';
import { summarize } from '../telemetry/redact.ts';
import type { CallSpan, StartSpan } from '../telemetry/telemetry.ts';

/** The layers of traces: the first begins and ends a call's span, the second, inside of the retries, tells it of attempts. */
export function spanLayers(
  client: string,
  startSpan: StartSpan,
  hub: EventHub,
): readonly [Layer, Layer] {
  const open = new LinkedList<OpenSpan>();
  hub.subscribe((event) => {
    tellAll(open, event);
  }, isAboutConnection);
  return [new CallSpanLayer(client, startSpan, open), new AttemptEventLayer()];
}

class CallSpanLayer extends Layer {
  readonly #client: string;
  readonly #startSpan: StartSpan;
  readonly #open: LinkedList<OpenSpan>;

  constructor(client: string, startSpan: StartSpan, open: LinkedList<OpenSpan>) {
    super();
    this.#client = client;
    this.#startSpan = startSpan;
    this.#open = open;
  }

  override send(call: Call): void {
    const started = this.#start(call);
    if (!started) {
      this.inner.send(call);
      return;
    }
    call.span = new OpenSpan(started);
    this.#open.append(call.span);
    call.span.within(() => {
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

  override cancel(call: Call, reason: Failure): void {
    this.#end(call, reason);
    this.inner.cancel(call, reason);
  }

  #start(call: Call): CallSpan | undefined {
    try {
      return this.#startSpan(this.#client, call.operation.name);
    } catch {
      return undefined;
    }
  }

  #end(call: Call, reason?: Failure): void {
    const { span } = call;
    call.span = undefined;
    span?.end(call.attempts, reason && summarize(reason));
  }
}

class AttemptEventLayer extends Layer {
  override send(call: Call): void {
    const { span } = call;
    if (!span?.failure) {
      this.inner.send(call);
      return;
    }
    const fields = {
      ...failureFields(summarize(span.failure)),
      'redis.attempt': call.attempts + 1,
    };
    span.happened('attempt.retried', fields);
    // A retry begins where the call did: outside of its span.
    span.within(() => {
      this.inner.send(call);
    });
  }

  override failed(call: Call, reason: Failure): void {
    if (call.span) {
      call.span.failure = reason;
      if (REFUSALS.has(reason.kind)) {
        call.span.happened('call.refused', failureFields(summarize(reason)));
      }
    }
    this.outer.failed(call, reason);
  }
}

const isAboutConnection = (type: ResilienceEvent['type']): boolean =>
  type === 'connection.lost' || type === 'connection.replaced';

/** Whatever is under way has to do with it: it waits for the next connection, or was on this one. */
function tellAll(open: LinkedList<OpenSpan>, event: ResilienceEvent): void {
  if (event.type !== 'connection.lost' && event.type !== 'connection.replaced') return;
  const fields = {
    ...failureFields(event.failure),
    'redis.connection': event.connection,
    ...(event.address !== undefined && serverFields(event.address)),
  };
  for (let span = open.first; span; span = span.next) span.happened(event.type, fields);
}
