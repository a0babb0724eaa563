import { readFileSync } from 'node:fs';

/**
 * What a run of vitest counted in its JSON report. A runner that fails without a failed test (an unhandled
 * error, say) has failed all the same.
 * @param {string} report
 * @param {number} status
 * @returns {{ passed: number, failed: number }}
 */
export function countsOf(report, status) {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
    return { passed: numPassedTests, failed: Math.max(numFailedTests, status === 0 ? 0 : 1) };
  } catch {
    return { passed: 0, failed: 1 };
  }
}
