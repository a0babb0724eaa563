import type { AnyClient } from '../../commands/client.ts';
import { mayGoToSeveral } from '../../commands/routing.ts';
import type { View } from '../../commands/operation.ts';
import { failure, type Failure } from '../../failures/failure.ts';
import type { Call } from '../../pipeline/call.ts';
import { InFlight, type AttemptOutcome } from '../in-flight.ts';
import type { Carrier } from '../line.ts';
import type { Nodes } from './nodes.ts';
import type { Router } from './router.ts';
import type { Topology } from './topology.ts';

const NO_NODE: Failure = failure({
  kind: 'transport',
  execution: 'not-sent',
  message: 'No node of the cluster can be reached',
});

/**
 * Carries what no single shard answers: commands without a key, and those that redis 6 splits or sends
 * to all. Their replies come from anywhere, so they are kept apart from the nodes, whose silence is judged.
 */
export class RouterCarrier implements Carrier {
  readonly id = 0;
  readonly #nodes: Nodes;
  readonly #router: () => Router;
  readonly #topology: Topology;
  readonly #inFlight: InFlight;

  constructor(nodes: Nodes, topology: Topology, router: () => Router, onFree: () => void) {
    this.#nodes = nodes;
    this.#topology = topology;
    this.#router = router;
    this.#inFlight = new InFlight(onFree);
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  clientFor(view: View): AnyClient {
    return this.#router().clientFor(view);
  }

  dispatch(call: Call, outcome: AttemptOutcome): void {
    const { operation } = call;
    // Nodes that the router has heard of meanwhile are connected to by nobody else on this way.
    this.#topology.follow(this.#router());
    const several = mayGoToSeveral(this.#router().client, operation.name);
    this.#inFlight.execute(call, several ? partial(outcome) : outcome, this);
  }

  async ask(...command: string[]): Promise<unknown> {
    const node = this.#nodes.anyAvailable?.available;
    if (!node) throw NO_NODE; // eslint-disable-line @typescript-eslint/only-throw-error -- as failures are passed inside
    return node.ask(...command);
  }

  fail(reason: Failure): void {
    this.#inFlight.fail(reason);
  }
}

/** What one of several nodes refused, another may have executed. */
function partial(outcome: AttemptOutcome): AttemptOutcome {
  return {
    dispatched: (call) => {
      outcome.dispatched(call);
    },
    succeeded: (call, reply) => {
      outcome.succeeded(call, reply);
    },
    failed: (call, reason) => {
      outcome.failed(call, { ...reason, execution: 'unknown' });
    },
  };
}
