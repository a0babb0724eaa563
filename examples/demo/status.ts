import type { ResilienceEvent } from 'redis-resilience';
import type { Lane } from './lane.ts';
import type { Screen } from './screen.ts';

const refreshMs = 200;
const rateOverMs = 1_000;

/** Keeps the changing line up to date and says when the circuit opens and closes. */
export class Status {
  readonly #screen: Screen;
  readonly #lanes: readonly Lane[];
  readonly #ticker: NodeJS.Timeout;
  #doing = 'starting';

  constructor(screen: Screen, lanes: readonly Lane[]) {
    this.#screen = screen;
    this.#lanes = lanes;
    for (const { client, subject, circuit } of lanes) {
      circuit.onEvent = (event) => {
        this.#tell(event);
      };
      subject.onCrash = (errorText) => {
        screen.line(`the ${client} client's process ended:\n${errorText.trim()}`);
      };
    }
    this.#ticker = setInterval(() => {
      this.#refresh();
    }, refreshMs);
  }

  /** Says what happens from now on. */
  say(text: string): void {
    this.#doing = text;
    this.#screen.line(text);
    this.#refresh();
  }

  stop(): void {
    clearInterval(this.#ticker);
  }

  #tell(event: ResilienceEvent): void {
    if (event.type === 'circuit.opened') {
      this.#screen.line(`          circuit opened: ${event.cause}`);
    } else if (event.type === 'circuit.closed') {
      this.#screen.line(`          circuit closed after ${Math.round(event.openMs)} ms`);
    }
  }

  #refresh(): void {
    const rates = this.#lanes.map((lane) => `${lane.client} ${answeredPerSecond(lane)}/s`);
    const answered = `answered: ${rates.join(' | ')}`;
    const circuit = this.#lanes.find(({ client }) => client === 'wrapped')?.circuit.state ?? '';
    this.#screen.status(`${this.#doing}   ${answered}   circuit ${circuit}`);
  }
}

function answeredPerSecond({ subject }: Lane): number {
  const since = performance.now() - rateOverMs;
  const isAnswered = (outcome: string, settledAt = 0) => outcome === 'ok' && settledAt > since;
  const answered = subject.calls.filter((call) => isAnswered(call.outcome, call.settledAt));
  return Math.round((answered.length * 1_000) / rateOverMs);
}
