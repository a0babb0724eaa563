/**
 * Commands that read one named value, so that `null` can only mean that there is none. Not among them:
 * pops and random picks (`null` is an empty collection, which is no fault), GETSET (its `null` is about
 * the past), GEODIST and LPOS (more than one thing may be missing), and replies about a key's storage.
 */
export const SINGLE_VALUE_READS: ReadonlySet<string> = new Set([
  'GET',
  'GETEX',
  // Writes, but is called for the value.
  'GETDEL',
  'HGET',
  'LINDEX',
  'ZSCORE',
  // A member has a rank exactly if it has a score.
  'ZRANK',
  'ZREVRANK',
  'DUMP',
  // A document that is itself `null` reads the same.
  'JSON.GET',
]);
