import { singleConnections } from '../../src/connection/single.ts';
import type { Supervisor } from '../../src/connection/supervisor.ts';
import { CLOSED, failure } from '../../src/failures/failure.ts';
import { linkLayers } from '../../src/layers/order.ts';
import { settingsOf } from '../../src/options/settings.ts';
import { Admission } from '../../src/pipeline/admission.ts';
import type { ResilienceEvent } from '../../src/telemetry/events.ts';
import { EventHub } from '../../src/telemetry/hub.ts';
import { Counters } from '../../src/telemetry/stats.ts';
import { callOf } from '../unit/connection/call-of.ts';
import { ErrorReply, Site, type ClientStandIn } from '../unit/connection/client-stand-in.ts';

/** The shortest time between two replacements. */
export const MAX_DELAY_MS = 100;

const settings = settingsOf({
  breaker: false,
  retry: false,
  connection: {
    connectMs: 200,
    silenceMs: 160,
    heartbeatMs: 500,
    baseDelayMs: 20,
    maxDelayMs: MAX_DELAY_MS,
  },
});

const READ_ONLY = failure({ kind: 'transport', execution: 'unknown', message: 'another master' });

type Mood = 'well' | 'slow' | 'frozen' | 'away' | 'strict';

/** One client, its connections, and everything that can happen to them. */
export function world() {
  const site = new Site();
  const hub = new EventHub('test');
  const events: ResilienceEvent[] = [];
  hub.subscribe((event) => events.push(event));
  const connections = singleConnections({
    template: site.template(),
    settings,
    hub,
    restate: () => undefined,
    onClosed: () => undefined,
  });
  const supervisor = connections.line as Supervisor;
  const [counters, admission] = [new Counters(), new Admission()];
  const layers = linkLayers({
    ...{ settings, connections, hub, counters, admission },
    mode: 'enforce',
  }).enforce;

  let mood: Mood = 'well';
  let isShifted = false;
  /** Clients whose path is dead. */
  const silent = new Set<ClientStandIn>();
  let held: { readonly client: ClientStandIn; answer(): void }[] = [];
  const answerHeld = () => {
    const waiting = held;
    held = [];
    for (const one of waiting) {
      if (mood === 'frozen' || silent.has(one.client)) held.push(one);
      else one.answer();
    }
  };
  const hold = <T>(client: ClientStandIn, value: T) =>
    new Promise<T>((resolve) => {
      held.push({
        client,
        answer: () => {
          client.socket.bytesRead++;
          resolve(value);
        },
      });
      answerHeld();
    });
  site.connecting = async (client) => {
    if (mood === 'away') throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    if (mood === 'strict') throw new ErrorReply('WRONGPASS no');
    if (mood === 'slow') await new Promise((resolve) => setTimeout(resolve, 150));
    await hold(client, undefined);
  };
  site.answering = ([name, nonce], client) => {
    const wrong = isShifted && name === 'ECHO';
    if (wrong) isShifted = false;
    return hold(client, wrong ? 'the answer to another' : (nonce ?? 'PONG'));
  };

  const calls: { settled: boolean }[] = [];
  const track = (promise: Promise<unknown>) => {
    const one = { settled: false };
    calls.push(one);
    const settle = () => (one.settled = true);
    promise.then(settle, settle);
  };
  const current = () => supervisor.current?.client as unknown as ClientStandIn | undefined;
  const turn = (next: Mood) => () => {
    mood = next;
    answerHeld();
  };
  const happen = {
    'the server is well': turn('well'),
    'the server is slow': turn('slow'),
    'the server freezes': turn('frozen'),
    'the server is away': turn('away'),
    'the server refuses the password': turn('strict'),
    'the path dies': () => silent.add(current()!),
    'the path heals': () => {
      silent.clear();
      answerHeld();
    },
    'a byte comes': () => {
      const client = current();
      if (client) client.socket.bytesRead++;
    },
    'the replies shift': () => (isShifted = true),
    'the connection is lost': () => current()?.lose(),
    'a call': () => {
      const call = callOf('GET k', { policy: { attemptMs: 300, totalMs: 600, maxAttempts: 1 } });
      track(call.promise!);
      layers.send(call);
    },
    'a renewal': () => {
      track(supervisor.renew(READ_ONLY));
    },
    'the user opens': () => {
      supervisor.open();
    },
    'the user closes': () => {
      supervisor.close(CLOSED);
    },
    'the user retires it': () => {
      supervisor.retire(CLOSED);
    },
  };
  return { site, supervisor, layers, events, calls, happen };
}

/** The name of one thing that can happen. */
export type Happening = keyof ReturnType<typeof world>['happen'];
