import { findOnPath } from './find-redis-server.js';

/**
 * Finds a browser that can be driven: Debian's chromium, or Chrome.
 * @returns {string | undefined}
 */
export function findBrowser() {
  return findOnPath('chromium') ?? findOnPath('google-chrome');
}
