import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Says whether the file may be run.
 * @param {string} file
 */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Finds a program on PATH.
 * @param {string} name
 * @param {string} [path]
 * @returns {string | undefined}
 */
export function findOnPath(name, path = process.env['PATH'] ?? '') {
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/**
 * Finds redis-server: where REDIS_SERVER_BIN says, else on PATH.
 * @returns {string | undefined}
 */
export function findRedisServer() {
  const chosen = process.env['REDIS_SERVER_BIN'];
  // A wrong choice is reported rather than silently replaced by another server.
  if (chosen) return isExecutable(chosen) ? chosen : undefined;
  return findOnPath('redis-server');
}

/**
 * Finds rsyslogd, whose folder is on the path of root only.
 * @returns {string | undefined}
 */
export function findRsyslogd() {
  return findOnPath('rsyslogd') ?? findOnPath('rsyslogd', '/usr/sbin');
}
