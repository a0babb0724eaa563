import { describe, it } from 'vitest';
import { majors } from '../../support/clients.ts';
import { complaintsAbout, soak } from './run.ts';

const SEED = 20_241;
const FOR_MS = 12_000;

describe('a soak in random faults', () => {
  it.concurrent.for(majors)(
    'leaves nothing to complain about $name',
    { timeout: 60_000 },
    async (version, { expect }) => {
      const result = await soak({ version, forMs: FOR_MS, seed: SEED + version.major });
      expect(complaintsAbout(result), `seed ${SEED + version.major}`).toEqual([]);
      expect(result.rounds.length).toBeGreaterThan(2);
    },
  );
});
