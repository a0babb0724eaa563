import * as redis4 from 'redis-4';
import * as redis5 from 'redis-5';
import * as redis6 from 'redis-6';

/** The error classes of every major, as the packages export them. */
export const MAJORS = [
  { major: 4, errors: redis4 },
  { major: 5, errors: redis5 },
  { major: 6, errors: redis6 },
] as const;

/** An error reply as each of the majors would reject a command with. */
export const reply = (message: string): Error => new redis6.SimpleError(message);

/** Renames a class, as a bundler does that shortens names. */
export function minified<T extends new (...args: never[]) => Error>(type: T): T {
  const renamed = class extends (type as unknown as new (...args: unknown[]) => Error) {};
  Object.defineProperty(renamed, 'name', { value: 'a' });
  return renamed as unknown as T;
}

/** An error as Node's sockets and resolvers emit it. */
export function systemError(code: string, syscall?: string): Error {
  return Object.assign(new Error(`${syscall ?? 'tls'} ${code} 10.0.0.1:6379`), {
    code,
    ...(syscall !== undefined && { syscall }),
  });
}
