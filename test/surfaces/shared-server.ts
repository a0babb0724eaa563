import { beforeAll, beforeEach } from 'vitest';
import { RedisServer, type RedisServerOptions } from '../support/redis-server.ts';

/** One server for all tests of a file, empty before each of them. */
export function sharedServer(options: RedisServerOptions = {}): () => RedisServer {
  let shared: RedisServer;
  beforeAll(async () => {
    shared = await RedisServer.start(options);
    return () => shared.stop();
  });
  beforeEach(() => shared.pipeline([['FLUSHALL'], ['FUNCTION', 'FLUSH'], ['SCRIPT', 'FLUSH']]));
  return () => shared;
}
