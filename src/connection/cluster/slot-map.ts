/** Slots of a cluster; fixed by Redis. */
export const SLOTS = 16_384;

/** Which slots are served where: `0-5460=127.0.0.1:7000,...`; two maps are the same if these are. */
export function rangesOf(addressOf: (slot: number) => string | undefined): string {
  const ranges: string[] = [];
  for (let from = 0; from < SLOTS;) {
    const address = addressOf(from);
    let to = from + 1;
    while (to < SLOTS && addressOf(to) === address) to++;
    if (address !== undefined) ranges.push(`${from}-${to - 1}=${address}`);
    from = to;
  }
  return ranges.join();
}

/** The same of a reply to CLUSTER SLOTS; undefined where it is none. */
export function rangesOfReply(reply: unknown): string | undefined {
  if (!Array.isArray(reply)) return undefined;
  const owners: string[] = [];
  for (const [from, to, [host, port]] of reply as [number, number, [unknown, unknown]][]) {
    for (let slot = from; slot <= to; slot++) {
      owners[slot] = `${String(host)}:${String(port)}`;
    }
  }
  return rangesOf((slot) => owners[slot]);
}
