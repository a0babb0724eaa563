import { expect, it, vi } from 'vitest';
import type { Target } from '../../../src/commands/operation.ts';
import type { Connections } from '../../../src/connection/connections.ts';
import { KeptLine } from '../../../src/connection/kept-line.ts';
import { Session } from '../../../src/connection/session.ts';
import { Guard } from '../../../src/facade/guard.ts';
import { Site } from '../connection/client-stand-in.ts';
import { CarrierStandIn } from '../layers/carrier-stand-in.ts';

it('tells where another database was selected, and nothing where it is the same', () => {
  const session = new Session();
  const selected = vi.fn();
  const line = new KeptLine(new CarrierStandIn());
  const connections = { line, session, selected } as unknown as Connections;
  const guard = new Guard(new Site().template(), { logger: false }, () => connections);
  const [first, second] = [{}, {}] as [Target, Target];
  guard.noteSession(first, [['SELECT', '3']]);
  guard.noteSession(second, [['SELECT', '3']]);
  guard.noteSession(second, [['WATCH', 'k']]);
  expect(selected.mock.calls).toEqual([[first]]);
});
