import { fork, type ChildProcess } from 'node:child_process';

/** What a program is asked to measure. */
export interface Task {
  readonly variant: string;
  readonly port: number;
}

/**
 * Runs a program of this directory in a process of its own, since some candidates freeze theirs;
 * undefined where it had no answer within `boundMs` after `meanwhile` has ended.
 */
export async function measureApart<R>(
  program: string,
  task: Task,
  boundMs: number,
  meanwhile: (child: ChildProcess) => unknown = () => undefined,
): Promise<R | undefined> {
  const file = new URL(program, import.meta.url);
  const child = fork(file, { execArgv: ['--import', 'tsx', '--expose-gc'], stdio: 'inherit' });
  try {
    await message(child, 'ready', () => child.send(task));
    const measured = message(child, 'measured', () => undefined);
    await meanwhile(child);
    const late = new Promise<undefined>((resolve) => {
      setTimeout(resolve, boundMs, undefined).unref();
    });
    const answer = await Promise.race([measured, late]);
    return answer?.['result'] as R | undefined;
  } finally {
    child.kill('SIGKILL');
  }
}

type Message = Readonly<Record<string, unknown>>;

function message(child: ChildProcess, kind: string, begin: () => unknown): Promise<Message> {
  return new Promise((resolve, reject) => {
    const heard = (one: unknown) => {
      if ((one as Message)['kind'] !== kind) return;
      child.off('message', heard);
      resolve(one as Message);
    };
    child.on('message', heard);
    child.once('exit', (code) => {
      reject(new Error(`The process ended with ${code} before it was ${kind}`));
    });
    begin();
  });
}

/** Answers the one task that this process was started for. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- so that the answer is checked as well
export function answer<T extends Task, R>(
  measure: (task: T, ready: () => void) => Promise<R>,
): void {
  process.once('message', (task: T) => {
    const ready = () => process.send?.({ kind: 'ready' });
    void measure(task, ready).then((result) => process.send?.({ kind: 'measured', result }));
  });
}
