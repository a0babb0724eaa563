import type { Damage } from '../../support/fault-alteration.ts';
import type { Ending } from '../../support/fault-direction.ts';
import { takeApart } from '../../support/strict-replies.ts';
import type { Draw } from './draw.ts';

/** What a case does to the replies. */
export interface Plan extends Damage {
  /** Whether the link is cut there, and how. */
  readonly cut: Ending | undefined;
  /** The longest piece in which replies come. */
  readonly sliceBytes: number;
  readonly title: string;
}

/** So many pieces take no time that would matter. */
const MAX_SLICES = 300;

/** Replies that nobody asked for. */
const STRAYS = ['+OK\r\n', ':1\r\n', '$5\r\nstray\r\n', '$-1\r\n', '*0\r\n', '-ERR stray\r\n'];

type Kind = (draw: Draw, replies: readonly string[]) => Omit<Plan, 'sliceBytes'>;

const KINDS: readonly Kind[] = [
  ...Array<Kind>(3).fill((draw, replies) => {
    const cut = draw.of(['end', 'reset'] as const);
    return { ...at(placeIn(draw, replies)), cut, title: `cut by ${cut === 'end' ? 'FIN' : 'RST'}` };
  }),
  (draw, replies) => {
    const inserted = Buffer.concat([
      Buffer.from(draw.of(['@', '\0', '\r\n', ' '])),
      draw.bytes(draw.below(8)),
    ]);
    return { ...at(boundaryIn(draw, replies)), inserted, title: 'bytes between two replies' };
  },
  (draw, replies) => {
    const inserted = draw.bytes(1 + draw.below(8));
    return { ...at(placeIn(draw, replies)), inserted, title: 'bytes anywhere' };
  },
  ...Array<Kind>(2).fill((draw, replies) => {
    const inserted = draw.chance(0.5)
      ? draw.bytes(1)
      : Buffer.from(draw.of(Array.from('0123456789-+:$*\r\n')));
    return { ...at(placeIn(draw, replies)), lost: 1, inserted, title: 'another byte' };
  }),
  (draw, replies) => {
    const lost = 1 + draw.below(3);
    return { ...at(placeIn(draw, replies)), lost, title: `${lost} bytes lost` };
  },
  (draw, replies) => {
    const inserted = Buffer.from(draw.of(STRAYS));
    return { ...at(boundaryIn(draw, replies)), inserted, title: 'a stray reply' };
  },
  (draw, replies) => {
    const index = draw.below(replies.length);
    const inserted = Buffer.from(replies[index]!, 'latin1');
    return { ...at(startOf(replies, index)), inserted, title: 'a reply twice' };
  },
  (draw, replies) => {
    const index = draw.below(replies.length);
    return { ...at(startOf(replies, index)), lost: replies[index]!.length, title: 'a reply lost' };
  },
];

/** Draws the damage to replies that are known in advance. */
export function planFor(draw: Draw, bytes: Buffer): Plan {
  const { replies } = takeApart(bytes);
  const plan = draw.of(KINDS)(draw, replies);
  const slices = draw.chance(0.4) ? 1 + draw.below(MAX_SLICES) : 0;
  const sliceBytes = slices > 0 ? Math.ceil(bytes.length / slices) : Infinity;
  return { ...plan, sliceBytes };
}

const at = (place: number) => ({ at: place, lost: 0, inserted: Buffer.alloc(0), cut: undefined });

const startOf = (replies: readonly string[], index: number): number =>
  replies.slice(0, index).reduce((sum, { length }) => sum + length, 0);

/** Between two replies, before the first or behind the last. */
function boundaryIn(draw: Draw, replies: readonly string[]): number {
  return startOf(replies, draw.below(replies.length + 1));
}

/** At any byte; every other time at one that is no payload, of which there are few. */
function placeIn(draw: Draw, replies: readonly string[]): number {
  const index = draw.below(replies.length);
  const reply = replies[index]!;
  const start = startOf(replies, index);
  if (draw.chance(0.5)) return start + draw.below(reply.length);
  const line = reply.indexOf('\r\n') + 2;
  const framing = [...Array(line).keys(), ...[3, 2, 1].map((back) => reply.length - back)];
  return start + Math.max(0, draw.of(framing));
}
