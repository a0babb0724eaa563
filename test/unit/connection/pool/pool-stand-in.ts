import { EventEmitter } from 'node:events';
import type { AnyPool } from '../../../../src/connection/pool/leases.ts';
import { Site, type ClientStandIn } from '../client-stand-in.ts';

interface Task {
  readonly run: (member: ClientStandIn) => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** What the pool of redis says to those who waited for a member in vain. */
export class TimeoutError extends Error {}

/** A pool of redis 5 or 6 as far as we use it: lends each member to one task at a time, in order. */
export class PoolStandIn extends EventEmitter {
  _self: PoolStandIn = this;
  readonly site = new Site();
  readonly members: ClientStandIn[];
  readonly cleanupTimeout: NodeJS.Timeout = setInterval(() => undefined, 1_000);
  isDestroyed = false;
  connect: () => Promise<void> = () => Promise.resolve();
  readonly _commandOptions: object | undefined = { from: 'pool' };
  #idle: ClientStandIn[];
  #queue: Task[] = [];

  constructor(size = 1, isReady = true) {
    super();
    const template = this.site.template() as unknown as ClientStandIn;
    this.members = Array.from({ length: size }, () => template.duplicate());
    for (const member of this.members) Object.assign(member, { isReady, isOpen: isReady });
    this.#idle = [...this.members];
  }

  get asPool(): AnyPool {
    return this as unknown as AnyPool;
  }

  get totalClients(): number {
    return this.members.length;
  }

  get idleClients(): number {
    return this.#idle.length;
  }

  get clientsInUse(): number {
    return this.members.length - this.#idle.length;
  }

  get tasksQueueLength(): number {
    return this.#queue.length;
  }

  execute(run: Task['run']): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ run, resolve, reject });
      this.#next();
    });
  }

  sendCommand(command: readonly string[]): Promise<unknown> {
    return this._self.execute((member) => member.sendCommand(command));
  }

  withTypeMapping(mapping: object): object {
    return Object.create(this, { _commandOptions: { value: { typeMapping: mapping } } }) as object;
  }

  /** Those who wait do so no longer. */
  failWaiting(error: Error): void {
    for (const { reject } of this.#queue.splice(0)) reject(error);
  }

  destroy(): void {
    this.isDestroyed = true;
  }

  #next(): void {
    const member = this.#idle.shift();
    const task = member && this.#queue.shift();
    if (!member || !task) {
      if (member) this.#idle.unshift(member);
      return;
    }
    const settle = () => {
      this.#idle.push(member);
      this.#next();
    };
    try {
      const result = task.run(member);
      if (result instanceof Promise) {
        result.then(task.resolve, task.reject).finally(settle);
        return;
      }
      task.resolve(result);
    } catch (error) {
      task.reject(error as Error);
    }
    settle();
  }
}
