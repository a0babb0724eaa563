/** What is on the heap and in use. @throws Error where the process was started without `--expose-gc` */
export function liveBytes(): number {
  if (!globalThis.gc) throw new Error('The process was started without --expose-gc');
  for (let turn = 0; turn < 3; turn++) globalThis.gc();
  return process.memoryUsage().heapUsed;
}
