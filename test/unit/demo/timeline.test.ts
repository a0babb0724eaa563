import { describe, expect, it } from 'vitest';
import { CircuitHistory } from '../../../examples/demo/circuit.ts';
import { pictureOf } from '../../../examples/demo/picture.ts';
import { bucketsOf } from '../../../examples/demo/timeline.ts';
import type { Timeline } from '../../../examples/demo/timeline.ts';
import type { Call } from '../../support/workload-call.ts';
import type { SubjectProcess } from '../../support/subject-process.ts';

const call = (startedAt: number, outcome: Call['outcome'], settledAt?: number): Call => ({
  ...{ kind: 'get', key: 'key', value: 'value', index: 0, wrong: false, startedAt, outcome },
  ...(settledAt !== undefined && { settledAt }),
});

describe('the buckets of a timeline', () => {
  it('count a call where it settled, and as waiting at each end before', () => {
    const calls = [call(1_010, 'ok', 1_020), call(1_050, 'failed', 1_250)];
    expect(bucketsOf(calls, 1_000, 3)).toEqual([
      { answered: 1, failed: 0, wrong: 0, waiting: 1, longestMs: 50 },
      { answered: 0, failed: 0, wrong: 0, waiting: 1, longestMs: 150 },
      { answered: 0, failed: 1, wrong: 0, waiting: 0, longestMs: 200 },
    ]);
  });

  it('count a call that never settles as waiting to the last, from before the first on', () => {
    const waits = bucketsOf([call(900, 'pending')], 1_000, 2);
    expect(waits.map(({ waiting, longestMs }) => [waiting, longestMs])).toEqual([
      [1, 200],
      [1, 300],
    ]);
  });

  it('leave out what settled before the first and began after the last', () => {
    const calls = [call(900, 'ok', 950), call(1_110, 'ok', 1_120)];
    expect(bucketsOf(calls, 1_000, 1)).toEqual([
      { answered: 0, failed: 0, wrong: 0, waiting: 0, longestMs: 0 },
    ]);
  });

  it('count a wrong answer as an answer that was wrong', () => {
    const [bucket] = bucketsOf([{ ...call(1_000, 'ok', 1_001), wrong: true }], 1_000, 1);
    expect(bucket).toMatchObject({ answered: 1, wrong: 1 });
  });
});

describe('the history of a circuit', () => {
  it('is closed at first and then what was told, without a gap', () => {
    const subject: Pick<SubjectProcess, 'onEvent'> = { onEvent: () => undefined };
    const history = new CircuitHistory(subject);
    const from = performance.now();
    const facts = { client: 'wrapped', at: 0 };
    subject.onEvent({ ...facts, type: 'circuit.opened', cause: 'a test' });
    subject.onEvent({ ...facts, type: 'circuit.half-opened' });
    const spans = history.spans(from - 10, performance.now() + 10);
    expect(spans.map(({ state }) => state)).toEqual(['closed', 'open', 'half-open']);
    expect(spans.slice(1).map((span) => span.from)).toEqual(
      spans.slice(0, -1).map((span) => span.until),
    );
    expect(history.state).toBe('half-open');
  });
});

describe('the picture', () => {
  const quiet = { answered: 20, failed: 0, wrong: 0, waiting: 0, longestMs: 1 };
  const timeline: Timeline = {
    ...{ major: 5, from: 0, until: 0.3, faults: [{ name: 'a fault', from: 0.1, until: 0.2 }] },
    lanes: [
      { client: 'bare', buckets: [quiet, { ...quiet, answered: 614 }, quiet], circuit: [] },
      { client: 'wrapped', buckets: [quiet, quiet, quiet], circuit: [] },
    ],
  };

  it('says what it shows, and how much of it was cut off', () => {
    const svg = pictureOf(timeline);
    expect(svg).toMatch(/^<svg [^>]*role="img" aria-labelledby="title desc">/);
    expect(svg).toContain('The bare client: 654 answered, 0 failed, 0 still waiting');
    expect(svg).toContain('▲ 614');
    expect(svg).toContain('>a fault</text>');
  });

  it('gives every colour that it uses another one on dark pages', () => {
    const [, style = '', drawing = ''] =
      /<style>(.*?)<\/style>(.*)/s.exec(pictureOf(timeline)) ?? [];
    const visible = drawing.replaceAll(/<clipPath.*?<\/clipPath>/gs, '');
    const used = new Set(visible.match(/(?:fill|stroke)="#[^"]+"(?! stroke-width="0")/g));
    expect(used.size).toBeGreaterThan(6);
    expect([...used].filter((paint) => !style.includes(`[${paint}]`))).toEqual([]);
  });
});
