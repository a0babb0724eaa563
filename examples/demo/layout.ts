/** How wide the chart is, in pixels. */
export const chartWidth = 1_000;

/** Left and right of all stripes, in pixels. */
export const margins = { left: 58, right: 16 } as const;

/** Where the parts above both clients begin, and where these parts end. */
export const head = { title: 12, explanation: 43, legend: 87, faults: 116, end: 140 } as const;

/** What the labels of the time take below both clients. */
export const footHeight = 28;

/** A horizontal part of the chart, in pixels. */
export interface Stripe {
  readonly top: number;
  readonly height: number;
}

/** Where the parts of one client are. */
export interface LaneLayout {
  readonly heading: number;
  readonly circuit: Stripe | undefined;
  readonly ended: Stripe;
  readonly waiting: Stripe;
  readonly longest: Stripe;
  readonly end: number;
}

/** How far above a stripe its caption begins. */
export const captionHeight = 20;
const headingHeight = 26;
const laneGap = 14;

/** Lays one client out from this height on. */
export function layLane(top: number, hasCircuit: boolean): LaneLayout {
  let next = top + headingHeight;
  const place = (height: number): Stripe => {
    const stripe = { top: next, height };
    next += height + captionHeight;
    return stripe;
  };
  const circuit = hasCircuit ? place(18) : undefined;
  if (!circuit) next += captionHeight;
  const [ended, waiting, longest] = [place(76), place(48), place(56)] as const;
  return { heading: top, circuit, ended, waiting, longest, end: next - captionHeight + laneGap };
}
