import type { BlockingConnections } from '../connection/blocking.ts';
import type { Line, LineListener } from '../connection/line.ts';
import { failure, type Failure } from '../failures/failure.ts';
import type { Call } from '../pipeline/call.ts';
import { Layer } from '../pipeline/layer.ts';

/** The innermost layer: hands a call to a connection. */
export class DispatchLayer extends Layer implements LineListener {
  readonly blocking: BlockingConnections;
  readonly #line: Line;

  constructor(line: Line, blocking: BlockingConnections) {
    super();
    this.#line = line;
    this.blocking = blocking;
  }

  override send(call: Call): void {
    if (call.policy.blocking) {
      this.blocking.run(call, this.outer);
      return;
    }
    const carrier = this.#line.available;
    if (!carrier) {
      this.outer.failed(
        call,
        failure({ kind: 'transport', execution: 'not-sent', message: 'There is no connection' }),
      );
      return;
    }
    const refusal = call.operation.refusedBy?.(carrier);
    if (refusal === undefined) carrier.dispatch(call, this.outer);
    else
      this.outer.failed(
        call,
        failure({ kind: 'conflict', execution: 'not-executed', message: refusal }),
      );
  }

  onAbandoned(reason: Failure): void {
    this.blocking.abandonWaiting((call) => {
      this.outer.failed(call, reason);
    });
  }

  override cancel(call: Call, reason: Failure): void {
    call.waiting?.leave();
    call.attempt?.abandon();
    // It may have a connection to itself on which it is not in flight yet.
    if (call.policy.blocking) this.blocking.giveUp(call, reason);
  }
}
