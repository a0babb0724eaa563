import { destroyClient, type Address } from '../template.ts';
import { classify } from '../../failures/classify.ts';
import { failure, type Failure } from '../../failures/failure.ts';
import { sleep } from '../../pipeline/sleep.ts';
import { within } from '../within.ts';
import type { CreateClient } from './client-class.ts';
import { mapped, nameOf, type SentinelOptions } from './options.ts';

/** Share of the time to connect that asking may take; the rest is for the master itself. */
const ASKING = 0.7;

/** Share of the time to connect after which the next sentinel is asked as well. */
const PATIENCE = 0.1;

/** What one sentinel knows. */
interface Answer {
  readonly sentinel: Address;
  readonly master: Address;
  readonly replicas: readonly Address[];
  readonly others: readonly Address[];
}

/** A sentinel that answers and has never heard of the master. */
const UNKNOWN = failure({
  kind: 'transport',
  execution: 'not-sent',
  endedBy: 'server',
  message: 'knows no master of this name',
});

/** The sentinels of one master: asks them where it is, the one that led to it last first. */
export class Sentinels {
  readonly #options: SentinelOptions;
  readonly #create: CreateClient;
  readonly #connectMs: number;
  #known: readonly Address[];
  #answer: Answer | undefined;

  constructor(options: SentinelOptions, create: CreateClient, connectMs: number) {
    this.#options = options;
    this.#create = create;
    this.#connectMs = connectMs;
    this.#known = options.sentinelRootNodes;
  }

  /** What the sentinel said that answered last. */
  get answer(): Answer | undefined {
    return this.#answer;
  }

  /** Asks where the master is. @throws Failure that says whom it asked and what became of it */
  async locate(): Promise<Address> {
    const asking = new AbortController();
    const reasons = new Map<Address, Failure>();
    try {
      const asked = this.#firstAnswer(reasons, asking.signal);
      const answer = await within(this.#connectMs * ASKING, 'No sentinel answered', asked);
      this.#remember(answer);
      return mapped(this.#options, answer.master);
    } catch {
      throw this.#inVain(reasons); // eslint-disable-line @typescript-eslint/only-throw-error -- a Failure
    } finally {
      asking.abort();
    }
  }

  /** Who is slow may still answer while the next is asked: hosts of masters and sentinels die together. */
  async #firstAnswer(reasons: Map<Address, Failure>, signal: AbortSignal): Promise<Answer> {
    const asked: Promise<Answer>[] = [];
    for (const sentinel of this.#known) {
      const answer = this.#ask(sentinel, signal);
      asked.push(answer);
      const answered = answer.then(
        () => true,
        (reason: unknown) => {
          reasons.set(sentinel, reason as Failure);
          return false;
        },
      );
      if (await Promise.race([answered, late(this.#connectMs * PATIENCE, signal)])) break;
    }
    return Promise.any(asked);
  }

  async #ask(sentinel: Address, signal: AbortSignal): Promise<Answer> {
    const { name, sentinelClientOptions: given } = this.#options;
    const client = this.#create({
      ...given,
      // Flat replies, and the handshake that every sentinel understands.
      RESP: 2,
      socket: {
        ...given?.socket,
        ...mapped(this.#options, sentinel),
        connectTimeout: this.#connectMs,
        reconnectStrategy: false,
        signal,
      },
      maintNotifications: 'disabled',
    });
    client.on('error', ignore);
    const ask = async (...words: string[]) =>
      (await client.sendCommand(['SENTINEL', ...words, name])) as unknown;
    try {
      await client.connect();
      const master = (await ask('GET-MASTER-ADDR-BY-NAME')) as [string, string] | null;
      if (!master) throw UNKNOWN; // eslint-disable-line @typescript-eslint/only-throw-error -- a Failure
      const [others, replicas] = await Promise.all([ask('SENTINELS'), ask('REPLICAS')]);
      return {
        sentinel,
        master: { host: master[0], port: Number(master[1]) },
        others: addressesIn(others),
        replicas: addressesIn(replicas),
      };
    } catch (error) {
      throw error === UNKNOWN ? UNKNOWN : classify(error, { dispatched: false }); // eslint-disable-line @typescript-eslint/only-throw-error -- a Failure
    } finally {
      destroyClient(client);
    }
  }

  /** Asks this one first from now on: it led to the master. */
  trust(sentinel: Address): void {
    this.#known = unique([sentinel, ...this.#known]);
  }

  /**
   * Those that were given stay known, by names that outlive addresses. Who answered comes last until
   * it is trusted: it may be the one that has not heard of a failover.
   */
  #remember(answer: Answer): void {
    this.#answer = answer;
    const others = unique([...this.#known, ...this.#options.sentinelRootNodes, ...answer.others]);
    const name = nameOf(answer.sentinel);
    this.#known = [...others.filter((one) => nameOf(one) !== name), answer.sentinel];
  }

  #inVain(reasons: ReadonlyMap<Address, Failure>): Failure {
    const all = this.#known.map((sentinel) => reasons.get(sentinel));
    const told = all.map((reason) => (reason ? wordsOf(reason) : 'no answer'));
    const refused = all.find((reason) => reason?.kind === 'auth');
    const [first] = reasons.values();
    return failure({
      kind: refused ? 'auth' : 'transport',
      execution: 'not-sent',
      // Where none has heard of the master, waiting helps nobody.
      endedBy: all.every((reason) => reason === UNKNOWN) ? 'server' : 'us',
      address: this.#known.map(nameOf).join(', '),
      message: `None of these sentinels leads to the master '${this.#options.name}' (${told.join(', ')})`,
      cause: (refused ?? first)?.cause,
    });
  }
}

const unique = (addresses: readonly Address[]): Address[] => {
  const byName = new Map<string, Address>();
  for (const one of addresses) if (!byName.has(nameOf(one))) byName.set(nameOf(one), one);
  return [...byName.values()];
};

/** Not the whole message, which may hold what the server quoted. */
function wordsOf({ replyCode, cause, message }: Failure): string {
  const { code } = (cause ?? {}) as { code?: unknown };
  return replyCode ?? (typeof code === 'string' ? code : message);
}

async function late(ms: number, signal: AbortSignal): Promise<boolean> {
  // Nobody waits for an answer any more: no further sentinel is asked.
  return !(await sleep(ms, signal));
}

/** Addresses in a list of flat field lists, as RESP2 has it. */
function addressesIn(reply: unknown): Address[] {
  if (!Array.isArray(reply)) return [];
  return reply.map((fields: readonly unknown[]) => {
    const valueOf = (name: string) => String(fields[fields.indexOf(name) + 1]);
    return { host: valueOf('ip'), port: Number(valueOf('port')) };
  });
}

function ignore(): void {
  // It reaches us through the promise.
}
