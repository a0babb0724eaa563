import { BYTE_FAULTS } from './bytes.ts';
import type { Fault } from './fault.ts';
import { NETWORK_FAULTS } from './network.ts';
import { SERVER_FAULTS } from './server.ts';

/** No fault at all: whatever harms a caller here is the harness's own doing. */
const CONTROL: Fault = {
  name: 'none',
  at: 'network',
  begin: () => undefined,
  end: () => undefined,
  lastsMs: 1_000,
  bare: 'none',
  owes: {
    backWithinMs: () => 0,
    kinds: [],
    answered: 1,
    circuitStaysClosed: true,
    lostConnections: 0,
  },
};

/** Every fault of the matrix, in the order of its table. */
export const FAULTS: readonly Fault[] = [
  CONTROL,
  ...SERVER_FAULTS,
  ...NETWORK_FAULTS,
  ...BYTE_FAULTS,
];

/** The fault of that name. */
export function faultNamed(name: string): Fault {
  const fault = FAULTS.find((candidate) => candidate.name === name);
  if (!fault) throw new Error(`there is no fault '${name}'`);
  return fault;
}
