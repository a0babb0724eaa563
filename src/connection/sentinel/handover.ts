import { invoke, rootOf, type AnyClient } from '../../commands/client.ts';
import type { Target, View } from '../../commands/operation.ts';
import { classify } from '../../failures/classify.ts';
import type { Call } from '../../pipeline/call.ts';
import { failureOf } from '../failure-of.ts';
import type { AttemptOutcome, InFlight } from '../in-flight.ts';

type Send = (client: AnyClient) => Promise<unknown>;

/** Ends the sentinel's loop, which goes on after every `Error` whose client is not connected any more. */
class Final {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/**
 * Hands one call to a sentinel that has connections of its own. It would send the command to each of
 * them until one answers, also when nobody waits any more: we stand where it does so, which tells as
 * well from when on the call is in flight.
 */
export class Handover implements Target {
  readonly #sentinel: AnyClient;
  readonly #call: Call;
  readonly #outcome: AttemptOutcome;
  readonly #inFlight: InFlight;
  #settle!: (reply: Promise<unknown>) => void;
  readonly #reply = new Promise<unknown>((resolve) => (this.#settle = resolve));
  #state: 'waiting' | 'sent' | 'over' = 'waiting';

  constructor(sentinel: AnyClient, call: Call, outcome: AttemptOutcome, inFlight: InFlight) {
    this.#sentinel = sentinel;
    this.#call = call;
    this.#outcome = outcome;
    this.#inFlight = inFlight;
  }

  /**
   * Until a master is connected the sentinel holds the call: it can be taken back.
   *
   * @param onUnsent - hears that the call failed before it was in flight
   */
  begin(onUnsent: () => void = ignore): void {
    const call = this.#call;
    const { operation, args } = call;
    call.waiting = {
      leave: () => {
        this.#state = 'over';
        call.waiting = undefined;
      },
    };
    const reply = operation.execute(this, args).catch((error: unknown) => {
      throw error instanceof Final ? error.error : error;
    });
    this.#settle(reply);
    this.#reply.catch(ignore);
    reply.catch((error: unknown) => {
      if (this.#state !== 'waiting') return;
      call.waiting = undefined;
      onUnsent();
      this.#outcome.failed(call, failureOf(call, error, false));
    });
  }

  clientFor(view: View): AnyClient {
    const root = rootOf(this.#sentinel);
    const sending = Object.create(root, {
      _execute: {
        value: (readonly: boolean, send: Send) =>
          invoke(root, '_execute', readonly, (client: AnyClient) => this.#send(client, send)),
      },
      commandOptions: { value: optionsOf(root, view) },
    }) as AnyClient;
    Object.defineProperty(sending, '_self', { value: sending });
    return sending;
  }

  async #send(client: AnyClient, send: Send): Promise<unknown> {
    if (this.#state === 'over') throw new Final(undefined); // eslint-disable-line @typescript-eslint/only-throw-error
    if (this.#state === 'waiting') {
      this.#state = 'sent';
      this.#call.waiting = undefined;
      this.#inFlight.follow(this.#call, this.#outcome, this.#reply);
    }
    try {
      return await send(client);
    } catch (error) {
      // A demoted master executes nothing, and has the sentinel look for the new one.
      const readOnly = classify(error, { dispatched: true }).reason === 'read-only';
      throw readOnly && this.#call.attempt ? error : new Final(error);
    }
  }
}

/** A view of this class changes the options of all; here they are worked out for one. */
function optionsOf(sentinel: AnyClient, view: View): unknown {
  const own = (sentinel as unknown as { commandOptions?: object }).commandOptions;
  return view.reduce<object | undefined>((options, [method, [given]]) => {
    return method === 'withTypeMapping'
      ? { ...options, typeMapping: given }
      : { ...options, ...(given as object | undefined) };
  }, own);
}

function ignore(): void {
  // Nobody waits for a call that was taken back, or counts one that was not sent.
}
