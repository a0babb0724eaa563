import type { Fault } from './faults.ts';
import type { Lane } from './lane.ts';
import { bucketMs, timelineOf } from './timeline.ts';
import type { Timeline } from './timeline.ts';

/** How much of the past is shown. */
const shownMs = 30_000;
/** How long it takes at most until what happened in a process of a client is known here. */
const newsTakeMs = 300;

/** Lanes under traffic that somebody puts through one fault at a time, as they like. */
export class Stage {
  readonly lanes: readonly Lane[];
  readonly #startedAt = performance.now();
  readonly #spans: { readonly name: string; readonly from: number; until: number }[] = [];
  #running: Fault | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(lanes: readonly Lane[]) {
    this.lanes = lanes;
    for (const { subject } of lanes) subject.startTraffic();
  }

  /** The fault that is there now. */
  get running(): string | undefined {
    return this.#running?.name;
  }

  /** Heals the fault that is there and begins another one. */
  async begin(fault: Fault): Promise<void> {
    await this.#inTurn(async () => {
      await this.#end();
      this.#running = fault;
      this.#spans.push({ name: fault.name, from: performance.now(), until: Infinity });
      await Promise.all(this.lanes.map((lane) => fault.begin(lane)));
    });
  }

  /** Heals the fault that is there, if any. */
  async heal(): Promise<void> {
    await this.#inTurn(() => this.#end());
  }

  /** What happened lately, in seconds before its end. */
  timeline(): Timeline {
    const known = performance.now() - newsTakeMs - this.#startedAt;
    const until = this.#startedAt + Math.floor(known / bucketMs) * bucketMs;
    return timelineOf(this.lanes, this.#spans, {
      ...{ startedAt: until, from: until - shownMs, until },
    });
  }

  async #end(): Promise<void> {
    const fault = this.#running;
    if (!fault) return;
    await Promise.all(this.lanes.map((lane) => fault.end(lane)));
    // Nothing else would ever bring the bare client back; the wrapped one has left by itself.
    if (fault.recoveryFrom === 'begin') {
      for (const { client, proxy } of this.lanes) if (client === 'bare') proxy.reset();
    }
    this.#running = undefined;
    const span = this.#spans.at(-1);
    if (span) span.until = performance.now();
  }

  // Two clicks in a row must not begin one fault while another one is still being healed.
  async #inTurn(act: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(act);
    this.#turn = turn.catch(() => undefined);
    await turn;
  }
}
