import { describe, expect, it, vi } from 'vitest';
import type { BlockingConnections } from '../../../src/connection/blocking.ts';
import { KeptLine } from '../../../src/connection/kept-line.ts';
import { failure } from '../../../src/failures/failure.ts';
import { DispatchLayer } from '../../../src/layers/dispatch.ts';
import type { Call } from '../../../src/pipeline/call.ts';
import { callOf, OutcomeRecorder } from '../connection/call-of.ts';
import { CarrierStandIn } from './carrier-stand-in.ts';
import { lost } from './harness.ts';
import { Recorder } from './recorder.ts';

describe('the innermost layer', () => {
  const made = () => {
    const carrier = new CarrierStandIn();
    const line = new KeptLine(carrier);
    line.open();
    line.up();
    const blocking = {
      run: vi.fn(),
      giveUp: vi.fn(),
      abandonWaiting: vi.fn((fail: (call: Call) => void) => {
        fail(callOf('BLPOP k 0'));
      }),
    };
    const layer = new DispatchLayer(line, blocking as unknown as BlockingConnections);
    const outcome = new OutcomeRecorder();
    new Recorder(outcome).wrap(layer);
    return { carrier, line, blocking, layer, outcome };
  };

  it('sends nothing where there is no connection', () => {
    const { layer, line, outcome } = made();
    line.down(lost());
    layer.send(callOf('GET k'));
    expect(outcome.told).toEqual(['GET! transport not-sent']);
  });

  it('sends nothing over a connection that is the wrong one for it', () => {
    const { layer, carrier, outcome } = made();
    layer.send(callOf('EXEC', { refusedBy: () => 'The watch was lost' }));
    layer.send(callOf('EXEC', { refusedBy: () => undefined }));
    expect(outcome.told[0]).toBe('EXEC! conflict not-executed');
    expect(outcome.failures[0]?.message).toBe('The watch was lost');
    expect(carrier.dispatched).toEqual(['EXEC']);
  });

  it('takes back what waits, gives up what is in flight, and ends what blocks', () => {
    const { layer, blocking } = made();
    const [leave, abandon] = [vi.fn(), vi.fn()];
    const waiting = callOf('GET k');
    waiting.waiting = { leave };
    layer.cancel(waiting, lost());
    expect([leave.mock.calls.length, blocking.giveUp.mock.calls.length]).toEqual([1, 0]);
    const inFlight = callOf('GET k');
    inFlight.attempt = { call: inFlight, deadline: undefined, abandon };
    layer.cancel(inFlight, lost());
    expect([abandon.mock.calls.length, blocking.giveUp.mock.calls.length]).toEqual([1, 0]);
    const reason = failure({ kind: 'timeout', execution: 'unknown', message: 'late' });
    const blocked = callOf('BLPOP k 0', { policy: { blocking: true } });
    blocked.attempt = { call: blocked, deadline: undefined, abandon };
    layer.cancel(blocked, reason);
    expect(blocking.giveUp.mock.calls).toEqual([[blocked, reason]]);
    const handedOver = callOf('BLPOP k 0', { policy: { blocking: true } });
    handedOver.waiting = { leave };
    layer.cancel(handedOver, reason);
    expect([leave.mock.calls.length, blocking.giveUp.mock.lastCall]).toEqual([
      2,
      [handedOver, reason],
    ]);
  });

  it('fails blocking calls that wait when nobody should any more', () => {
    const { layer, outcome } = made();
    layer.onAbandoned(lost());
    expect(outcome.told).toEqual(['BLPOP! transport unknown']);
  });
});
