import type { ClientVersion } from '../support/clients.ts';

interface Parser {
  push(...args: string[]): void;
  pushKey(key: string): void;
}

/** What a user defines in the words of every major: redis 4 lists arguments, 5 and 6 push them. */
const arguments_ = (words: readonly string[] = []) => ({
  transformArguments: (key: string, ...rest: string[]) => [...words, key, ...rest],
  parseCommand(parser: Parser, key: string, ...rest: string[]) {
    parser.push(...words);
    parser.pushKey(key);
    parser.push(...rest);
  },
  /** Where clusters of redis 4 send it. */
  FIRST_KEY_INDEX: (key: string) => key,
  transformReply: undefined,
});

/** The library of functions that `lib` speaks to. */
export const LIBRARY = `#!lua name=lib
redis.register_function('add', function(keys, args) return redis.call('INCRBY', keys[1], args[1]) end)
redis.register_function{
  function_name='peek',
  callback=function(keys) return redis.call('GET', keys[1]) end,
  flags={ 'no-writes' }
}`;

/** Options for a client with scripts, functions and a module of the user's own. */
export function definitions({ defineScript }: Pick<ClientVersion, 'defineScript'>): object {
  const script = (text: string, readOnly: boolean) =>
    defineScript({ NUMBER_OF_KEYS: 1, SCRIPT: text, IS_READ_ONLY: readOnly, ...arguments_() });
  const fn = (readOnly: boolean) => ({
    NUMBER_OF_KEYS: 1,
    IS_READ_ONLY: readOnly,
    ...arguments_(),
  });
  return {
    scripts: {
      bump: script('return redis.call("INCRBY", KEYS[1], ARGV[1])', false),
      look: script('return redis.call("GET", KEYS[1])', true),
    },
    functions: { lib: { add: fn(false), peek: fn(true) } },
    modules: { mine: { getRange: { IS_READ_ONLY: true, ...arguments_(['GETRANGE']) } } },
  };
}
