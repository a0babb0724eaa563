import { describe, expect, it } from 'vitest';
import type { Failure } from '../../../src/failures/failure.ts';
import type { Call } from '../../../src/pipeline/call.ts';
import { Layer, link } from '../../../src/pipeline/layer.ts';

const call = {} as Call;
const failure = {} as Failure;

/** Notes what passes it, and passes it on. */
class Noted extends Layer {
  readonly name: string;
  readonly notes: string[];

  constructor(name: string, notes: string[]) {
    super();
    this.name = name;
    this.notes = notes;
  }

  override send(sent: Call): void {
    this.notes.push(`send ${this.name}`);
    if (this.name !== 'inner') super.send(sent);
  }
  override cancel(cancelled: Call, reason: Failure): void {
    this.notes.push(`cancel ${this.name}`);
    if (this.name !== 'inner') super.cancel(cancelled, reason);
  }
  override dispatched(one: Call): void {
    this.notes.push(`dispatched ${this.name}`);
    if (this.name !== 'outer') super.dispatched(one);
  }
  override succeeded(one: Call, reply: unknown): void {
    this.notes.push(`succeeded ${this.name}`);
    if (this.name !== 'outer') super.succeeded(one, reply);
  }
  override failed(one: Call, reason: Failure): void {
    this.notes.push(`failed ${this.name}`);
    if (this.name !== 'outer') super.failed(one, reason);
  }
  override close(): void {
    this.notes.push(`close ${this.name}`);
    super.close();
  }
}

/** A layer that overrides nothing. */
class Plain extends Layer {}

describe('link', () => {
  const linked = () => {
    const notes: string[] = [];
    const [outer, inner] = ['outer', 'inner'].map((name) => new Noted(name, notes)) as [
      Noted,
      Noted,
    ];
    const first = link([outer, new Plain(), inner]);
    return { notes, outer, inner, first };
  };

  it('returns the outermost layer, and joins the others in the order of the list', () => {
    const { notes, outer, first } = linked();
    expect(first).toBe(outer);
    first.send(call);
    expect(notes).toEqual(['send outer', 'send inner']);
  });

  it.each([
    {
      what: 'a cancellation inwards',
      act: ({ outer }: ReturnType<typeof linked>) => {
        outer.cancel(call, failure);
      },
      notes: ['cancel outer', 'cancel inner'],
    },
    {
      what: 'closing inwards',
      act: ({ outer }: ReturnType<typeof linked>) => {
        outer.close();
      },
      notes: ['close outer', 'close inner'],
    },
    {
      what: 'a dispatch outwards',
      act: ({ inner }: ReturnType<typeof linked>) => {
        inner.dispatched(call);
      },
      notes: ['dispatched inner', 'dispatched outer'],
    },
    {
      what: 'a success outwards',
      act: ({ inner }: ReturnType<typeof linked>) => {
        inner.succeeded(call, 1);
      },
      notes: ['succeeded inner', 'succeeded outer'],
    },
    {
      what: 'a failure outwards',
      act: ({ inner }: ReturnType<typeof linked>) => {
        inner.failed(call, failure);
      },
      notes: ['failed inner', 'failed outer'],
    },
  ])('passes $what', ({ act, notes }) => {
    const layers = linked();
    act(layers);
    expect(layers.notes).toEqual(notes);
  });

  it('refuses an empty list', () => {
    expect(() => link([])).toThrow('Cannot link layers: there are none');
  });
});
