import { viewOf } from './cluster-view.ts';
import type { RedisServer } from './redis-server.ts';
import { until } from './until.ts';

/** A slot on its way from one master to another. */
export class SlotMove {
  readonly #slot: string;
  readonly #from: RedisServer;
  readonly #to: RedisServer;
  readonly #toId: string;
  readonly #nodes: readonly RedisServer[];

  private constructor(
    slot: number,
    from: RedisServer,
    to: RedisServer,
    toId: string,
    nodes: readonly RedisServer[],
  ) {
    this.#slot = String(slot);
    this.#from = from;
    this.#to = to;
    this.#toId = toId;
    this.#nodes = nodes;
  }

  /** Marks the slot as moving on both masters: missing keys are answered with ASK from now on. */
  static async start(
    slot: number,
    from: RedisServer,
    to: RedisServer,
    nodes: readonly RedisServer[],
  ): Promise<SlotMove> {
    const ids = await Promise.all([from, to].map(async (one) => (await viewOf(one)).self.id));
    const [fromId = '', toId = ''] = ids;
    const move = new SlotMove(slot, from, to, toId, nodes);
    await to.must('CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', fromId);
    await from.must('CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', toId);
    return move;
  }

  /** Moves the keys that the slot holds now. */
  async migrateKeys(): Promise<void> {
    const { password } = this.#from;
    const auth = password === undefined ? [] : ['AUTH', password];
    for (;;) {
      const [keys] = await this.#from.pipeline([['CLUSTER', 'GETKEYSINSLOT', this.#slot, '100']]);
      if (!Array.isArray(keys)) throw new Error(`no keys but ${JSON.stringify(keys)}`);
      if (keys.length === 0) return;
      const target = ['127.0.0.1', String(this.#to.port), '', '0', '5000'];
      await this.#from.must('MIGRATE', ...target, ...auth, 'KEYS', ...keys.map(String));
    }
  }

  /** Hands the slot over, and resolves when every node that is up knows. */
  async finish(): Promise<void> {
    // The new owner first: should the old one be told first, nobody would serve the slot for a moment.
    for (const node of [this.#to, this.#from]) {
      await node.must('CLUSTER', 'SETSLOT', this.#slot, 'NODE', this.#toId);
    }
    const slot = Number(this.#slot);
    await until(`every node knows of the move of slot ${slot}`, async () => {
      const views = await Promise.all(this.#nodes.filter((one) => one.isRunning).map(viewOf));
      return views.every(({ nodes }) => {
        const owner = nodes.find(({ slots }) => slots.some(([a, b]) => a <= slot && slot <= b));
        return owner?.id === this.#toId;
      });
    });
  }
}
