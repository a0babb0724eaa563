/** The longest time that a timer of Node can wait; with a longer one it does not wait at all. */
export const MAX_TIMER_MS = 2_147_483_647;
