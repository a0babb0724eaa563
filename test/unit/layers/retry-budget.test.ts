import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RetryBudget } from '../../../src/layers/retry-budget.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const spendAll = (budget: RetryBudget): number => {
  let spent = 0;
  while (spent < 1_000 && budget.spend()) spent++;
  return spent;
};

describe('RetryBudget', () => {
  it('starts full, and is empty when all is spent', () => {
    const budget = new RetryBudget({ budgetRatio: 0, budgetPerSecond: 0 }, 5);
    expect(budget.left).toBe(5);
    expect(spendAll(budget)).toBe(5);
    expect(budget.left).toBe(0);
  });

  it('earns a share of a retry with each call', () => {
    const budget = new RetryBudget({ budgetRatio: 0.25, budgetPerSecond: 0 }, 5);
    spendAll(budget);
    for (let calls = 0; calls < 7; calls++) budget.earn();
    expect(spendAll(budget)).toBe(1);
    budget.earn();
    expect(spendAll(budget)).toBe(1);
  });

  it('earns retries with the time', () => {
    const budget = new RetryBudget({ budgetRatio: 0, budgetPerSecond: 10 }, 5);
    spendAll(budget);
    vi.advanceTimersByTime(250);
    expect(spendAll(budget)).toBe(2);
    vi.advanceTimersByTime(50);
    expect(spendAll(budget)).toBe(1);
  });

  it('never holds more than its size', () => {
    const budget = new RetryBudget({ budgetRatio: 1, budgetPerSecond: 10 }, 5);
    for (let calls = 0; calls < 100; calls++) budget.earn();
    expect(budget.left).toBe(5);
    vi.advanceTimersByTime(60_000);
    expect(spendAll(budget)).toBe(5);
  });
});
