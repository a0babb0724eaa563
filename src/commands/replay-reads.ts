import { getexClass, hgetexClass, storingClass } from './replay-arguments.ts';
import type { RuleGroup } from './replay-class.ts';

/** Redis' own commands that read keys, and those that do unless an option makes them write. */
export const READS: readonly RuleGroup[] = [
  [
    'read',
    `BITCOUNT, BITFIELD_RO, BITPOS, DIGEST, GET, GETBIT, GETRANGE, LCS, MGET, STRLEN, SUBSTR`,
  ],
  // A random answer is as good as the one that was lost.
  ['read', `HRANDFIELD, RANDOMKEY, SRANDMEMBER, VRANDMEMBER, ZRANDMEMBER`],
  // TOUCH moves only the time of the last access, as every read does.
  ['read', `DUMP, EXISTS, EXPIRETIME, KEYS, PEXPIRETIME, PTTL, TOUCH, TTL, TYPE`],
  [
    'read',
    `OBJECT ENCODING, OBJECT FREQ, OBJECT HELP, OBJECT IDLETIME, OBJECT REFCOUNT, MEMORY USAGE`,
  ],
  // A cursor lives in the reply, not in the server, so a page can be asked for again.
  ['read', `SCAN, HSCAN, SSCAN, ZSCAN, BLESS SCAN`],
  ['read', `HEXISTS, HEXPIRETIME, HGET, HGETALL, HKEYS, HLEN, HMGET, HPEXPIRETIME, HPTTL, HSTRLEN`],
  ['read', `HTTL, HVALS`],
  ['read', `LINDEX, LLEN, LPOS, LRANGE, SORT_RO`],
  ['read', `SCARD, SDIFF, SDIFFCARD, SINTER, SINTERCARD, SISMEMBER, SMEMBERS, SMISMEMBER`],
  ['read', `SUNION, SUNIONCARD`],
  ['read', `ZCARD, ZCOUNT, ZDIFF, ZINTER, ZINTERCARD, ZLEXCOUNT, ZMSCORE, ZRANGE, ZRANGEBYLEX`],
  [
    'read',
    `ZRANGEBYSCORE, ZRANK, ZREVRANGE, ZREVRANGEBYLEX, ZREVRANGEBYSCORE, ZREVRANK, ZSCORE, ZUNION`,
  ],
  ['read', `GEODIST, GEOHASH, GEOPOS, GEORADIUSBYMEMBER_RO, GEORADIUS_RO, GEOSEARCH`],
  // XREAD only; XREADGROUP hands entries out and counts the deliveries.
  [
    'read',
    `XINFO CONSUMERS, XINFO GROUPS, XINFO HELP, XINFO STREAM, XLEN, XPENDING, XRANGE, XREAD`,
  ],
  ['read', `XREVRANGE, XGROUP HELP`],
  ['read', `PFCOUNT, BLESS GET`],
  [
    'read',
    `ARCOUNT, ARGET, ARGETRANGE, ARGREP, ARINFO, ARLASTITEMS, ARLEN, ARMGET, ARNEXT, AROP, ARSCAN`,
  ],
  ['read', `VCARD, VDIM, VEMB, VGETATTR, VINFO, VISMEMBER, VLINKS, VRANGE, VSIM`],
  // The server refuses writes inside.
  ['read', `EVALSHA_RO, EVAL_RO, FCALL_RO`],

  [getexClass, `GETEX`],
  [hgetexClass, `HGETEX`],
  [storingClass, `GEORADIUS, GEORADIUSBYMEMBER, SORT`],
];
