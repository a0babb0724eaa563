import { rootOf, type AnyClient } from '../../commands/client.ts';
import type { Target, View } from '../../commands/operation.ts';
import { classify } from '../../failures/classify.ts';
import type { Failure } from '../../failures/failure.ts';
import type { Call } from '../../pipeline/call.ts';
import type { SeparateConnection, SeparateConnector } from '../blocking.ts';
import { InFlight, type AttemptOutcome } from '../in-flight.ts';
import type { Router } from './router.ts';

/**
 * A router of its own for one blocking command at a time: it finds the node, and whatever happens to
 * the connection to it ends both.
 */
export class SeparateRouter implements SeparateConnection, Target {
  readonly #router: Router;
  readonly #inFlight: InFlight;
  #isReady = true;

  constructor(router: Router, events: Parameters<SeparateConnector>[0]) {
    this.#router = router;
    this.#inFlight = new InFlight(() => {
      events.onFree(this);
    });
    for (const event of ['error', 'node-error']) {
      rootOf(router.client).on(event, (error: unknown) => {
        if (!this.#isReady) return;
        this.drop(classify(error, { dispatched: true }));
        events.onLost(this);
      });
    }
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  clientFor(view: View): AnyClient {
    return this.#router.clientFor(view);
  }

  dispatch(call: Call, outcome: AttemptOutcome): void {
    this.#inFlight.execute(call, outcome, this);
  }

  drop(reason: Failure): void {
    if (!this.#isReady) return;
    this.#isReady = false;
    this.#router.discard();
    this.#inFlight.fail(reason);
  }
}
