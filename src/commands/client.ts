/** The least that a node-redis client of any major looks like; all that `resilient` asks of its argument. */
export interface RedisLike {
  readonly isOpen: boolean;
  connect(): Promise<unknown>;
  /* eslint-disable @typescript-eslint/no-explicit-any -- the majors' own overloads must stay assignable */
  on(event: string | symbol, listener: (...args: any[]) => void): unknown;
  sendCommand(...args: any[]): any;
  multi(...args: any[]): any;
  /* eslint-enable @typescript-eslint/no-explicit-any */
}

/** A method of a client, whatever it takes. */
export type Method = (this: unknown, ...args: unknown[]) => unknown;

/** A client of any major as the inside of this library sees it: members are looked up by name. */
export interface AnyClient extends RedisLike {
  readonly isReady: boolean;
  readonly isPubSubActive?: boolean;
  readonly options?: ClientOptions;
  /** The object that holds the state: redis 5 and 6 hand out views that inherit from it. */
  readonly _self?: AnyClient;
  /** What a cluster of redis 5 and 6 was made with. */
  readonly _options?: Readonly<Record<string, unknown>>;
  /** What a view of redis 5 and 6 adds to each command. */
  readonly _commandOptions?: Readonly<Record<string, unknown>>;
  duplicate(overrides?: object): AnyClient;
  emit(event: string | symbol, ...args: unknown[]): boolean;
  listenerCount(event: string | symbol): number;
}

/** What of a client's options this library reads or replaces. */
export interface ClientOptions {
  readonly socket?: {
    readonly reconnectStrategy?: unknown;
    readonly tls?: boolean;
    readonly [name: string]: unknown;
  };
  readonly database?: number;
  readonly legacyMode?: boolean;
  readonly isolationPoolOptions?: object;
  readonly scripts?: Readonly<Record<string, { readonly IS_READ_ONLY?: boolean }>>;
  readonly [name: string]: unknown;
}

/** The object that emits a client's events and answers for its state. */
export function rootOf(client: AnyClient): AnyClient {
  // Listeners attached through the outer object of redis 5 and 6 can detach it (they inherit `_events`).
  return client._self ?? client;
}

/** Redis 4 has no views and takes a marked options object as a command's first argument instead. */
export function isMajor4(client: AnyClient): boolean {
  return !('_self' in client);
}

/** Looks a member up; undefined where there is none or where it is no method. */
export function methodOf(target: unknown, name: PropertyKey): Method | undefined {
  const member = (target as Record<PropertyKey, unknown>)[name];
  return typeof member === 'function' ? (member as Method) : undefined;
}

/** Calls a method by name, with the target as `this`. @throws TypeError where there is none */
export function invoke(target: unknown, name: PropertyKey, ...args: unknown[]): unknown {
  const method = methodOf(target, name);
  if (!method) throw new TypeError(`${String(name)} is not a method of this client`);
  return method.apply(target, args);
}
