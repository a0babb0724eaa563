import type { Call } from './call.ts';
import type { Failure } from '../failures/failure.ts';

/**
 * One concern around the rest of the pipeline. A call travels inwards through `send`, its outcome
 * outwards through `succeeded` or `failed`; both are plain calls, so that a healthy command costs no
 * promise per layer. What a layer does not override, it passes on.
 */
export abstract class Layer {
  /** The rest of the pipeline, towards the connection; a plain field, for the sake of every command. */
  protected inner!: Layer;
  /** What is around this layer, towards the caller. */
  protected outer!: Layer;
  #isInnermost = true;

  /** Admits the call, holds it, or refuses it by failing it outwards. */
  send(call: Call): void {
    this.inner.send(call);
  }

  /** The call is over for its caller: release what is held for it, and state no outcome of it any more. */
  cancel(call: Call, failure: Failure): void {
    this.inner.cancel(call, failure);
  }

  /** The call was handed to a connection; until then it was certainly not sent. */
  dispatched(call: Call): void {
    this.outer.dispatched(call);
  }

  succeeded(call: Call, reply: unknown): void {
    this.outer.succeeded(call, reply);
  }

  failed(call: Call, failure: Failure): void {
    this.outer.failed(call, failure);
  }

  /** Frees timers when the client is closed for good. */
  close(): void {
    if (!this.#isInnermost) this.inner.close();
  }

  /** Puts `inner` inside of this layer. */
  wrap(inner: Layer): void {
    this.inner = inner;
    this.#isInnermost = false;
    this.receiveFrom(inner);
  }

  /** Has outcomes come from a layer that calls are not passed on to by themselves: one way of a fork. */
  protected receiveFrom(way: Layer): void {
    way.outer = this;
  }
}

/** Joins layers, the first outermost, and returns the first. */
export function link(layers: readonly Layer[]): Layer {
  const [outermost] = layers;
  if (!outermost) throw new RangeError('Cannot link layers: there are none');
  for (const [index, layer] of layers.entries()) {
    const inner = layers[index + 1];
    if (inner) layer.wrap(inner);
  }
  return outermost;
}
