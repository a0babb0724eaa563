import type { Line, LineListener } from '../connection/line.ts';
import { WaitingRoom } from '../connection/waiting-room.ts';
import { failure, type Failure } from '../failures/failure.ts';
import type { BulkheadOptions } from '../options/types.ts';
import type { Call } from '../pipeline/call.ts';
import { Layer } from '../pipeline/layer.ts';

/**
 * Bounds what is under way. Its queue is the waiting room: a call is let through only when a
 * connection is ready and has a place, so that what waits here was certainly not sent.
 */
export class BulkheadLayer extends Layer implements LineListener {
  readonly #limits: BulkheadOptions;
  readonly #line: Line;
  readonly #room = new WaitingRoom();

  constructor(limits: BulkheadOptions, line: Line) {
    super();
    this.#limits = limits;
    this.#line = line;
  }

  get waiting(): number {
    return this.#room.size;
  }

  override send(call: Call): void {
    const closed = this.#line.closedFailure;
    if (closed) {
      this.outer.failed(call, closed);
    } else if (call.policy.blocking || (this.#room.size === 0 && this.#hasPlace())) {
      this.inner.send(call);
    } else {
      this.#hold(call);
    }
  }

  onAvailable(): void {
    this.#drain();
  }

  onFree(): void {
    if (this.#room.size > 0) this.#drain();
  }

  onAbandoned(reason: Failure): void {
    this.#room.releaseAll((call) => {
      this.outer.failed(call, reason);
    });
  }

  #drain(): void {
    while (this.#room.size > 0 && this.#hasPlace()) {
      this.#room.release((call) => {
        this.inner.send(call);
      });
    }
  }

  #hasPlace(): boolean {
    const carrier = this.#line.available;
    return carrier !== undefined && carrier.inFlight < this.#limits.maxInFlight;
  }

  #hold(call: Call): void {
    const offline = this.#line.available === undefined;
    const limit = offline ? this.#limits.maxWaitingOffline : this.#limits.maxWaiting;
    if (this.#room.size < limit) {
      this.#room.hold(call);
      return;
    }
    this.outer.failed(
      call,
      failure({
        kind: 'overloaded',
        execution: 'not-sent',
        message: `Cannot send ${call.operation.name}: ${limit} calls wait already${offline ? ' for a connection' : ''}`,
      }),
    );
  }
}
