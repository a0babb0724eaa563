import { findOnPath } from './find-redis-server.js';

/** The command that runs a program so that it dies with this process, even when no exit handler gets to run. */
export function boundCommand(program: string): [file: string, ...args: string[]] {
  const setpriv = findOnPath('setpriv');
  return setpriv ? [setpriv, '--pdeathsig', 'KILL', program] : [program];
}
