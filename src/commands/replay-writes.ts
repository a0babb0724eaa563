import {
  addClass,
  bitfieldClass,
  copyClass,
  delexClass,
  expireClass,
  hexpireClass,
  hsetexClass,
  lremClass,
  ltrimClass,
  msetexClass,
  restoreClass,
  setClass,
  storeClass,
  xaddClass,
} from './replay-arguments.ts';
import type { RuleGroup } from './replay-class.ts';

/** Redis' own commands that write keys. */
export const WRITES: readonly RuleGroup[] = [
  // A relative expiry counts anew from the second run; the value and the reply stay.
  [setClass, `SET`],
  [msetexClass, `MSETEX`],
  [hsetexClass, `HSETEX`],
  ['same-reply', `HMSET, LSET, MSET, PSETEX, SETEX, SETRANGE`],
  // A union, an intersection or a merge with itself changes nothing, so the target may be a source.
  ['same-reply', `PFMERGE, SINTERSTORE, SUNIONSTORE`],
  // A target among the sources is computed from its own first result: XOR undoes, a sum adds twice.
  [storeClass(2), `BITOP`],
  [storeClass(1), `GEOSEARCHSTORE, SDIFFSTORE, ZDIFFSTORE, ZINTERSTORE, ZRANGESTORE, ZUNIONSTORE`],
  [copyClass, `COPY`],
  [restoreClass, `RESTORE`],

  // The second run answers that nothing was new, or nothing was left.
  ['same-state', `DEL, HDEL, HPERSIST, HSET, PERSIST, PFADD, SADD, SREM, UNLINK, ZREM`],
  ['same-state', `ARDEL, ARDELRANGE, ARMSET, ARSET, BLESS CLEAR, BLESS SET, VADD, VREM, VSETATTR`],
  [
    'same-state',
    `XACK, XACKDEL, XDEL, XDELEX, XGROUP CREATECONSUMER, XGROUP DELCONSUMER, XGROUP DESTROY`,
  ],
  // An approximate trim may trim further the second time, but never past its bound.
  ['same-state', `XTRIM`],
  // By score or name, unlike ZREMRANGEBYRANK: what is gone cannot match again.
  ['same-state', `ZREMRANGEBYLEX, ZREMRANGEBYSCORE`],
  // Answers the old bit.
  ['same-state', `SETBIT`],
  [addClass, `GEOADD, ZADD`],
  [bitfieldClass, `BITFIELD`],
  [delexClass, `DELEX`],
  // A deadline in the past deletes, and then the second run finds nothing.
  [expireClass, `EXPIRE, EXPIREAT, PEXPIRE, PEXPIREAT`],
  [hexpireClass, `HEXPIRE, HEXPIREAT, HPEXPIRE, HPEXPIREAT`],

  // Accumulates.
  [
    'unsafe',
    `APPEND, DECR, DECRBY, HINCRBY, HINCRBYFLOAT, INCR, INCRBY, INCRBYFLOAT, INCREX, ZINCRBY`,
  ],
  ['unsafe', `ARINSERT, ARRING, LINSERT, LPUSH, LPUSHX, RPUSH, RPUSHX`],
  // An explicit ID is refused the second time.
  [xaddClass, `XADD`],
  // Takes out more each time, and what the first run took is lost with its reply.
  ['unsafe', `BLMOVE, BLMOVEM, BLMPOP, BLPOP, BRPOP, BRPOPLPUSH, BZMPOP, BZPOPMAX, BZPOPMIN`],
  ['unsafe', `LMOVE, LMOVEM, LMPOP, LPOP, RPOP, RPOPLPUSH, SPOP, ZMPOP, ZPOPMAX, ZPOPMIN`],
  ['unsafe', `GETDEL, GETSET, HGETDEL`],
  // Hands entries out and counts the deliveries.
  ['unsafe', `XAUTOCLAIM, XCLAIM, XNACK, XREADGROUP`],
  // By position: after the first run something else stands there.
  ['unsafe', `ZREMRANGEBYRANK`],
  [lremClass, `LREM`],
  [ltrimClass, `LTRIM`],
  // The reply flips: who took a lock would believe that it was lost to another.
  ['unsafe', `HSETNX, MSETNX, RENAMENX, SETNX, SMOVE`],
  // The second run finds no source and fails; SWAPDB swaps back.
  ['unsafe', `MIGRATE, MOVE, RENAME, SWAPDB`],
  // Fails the second time because it exists.
  ['unsafe', `XGROUP CREATE`],
  // Moves a position that others read or write from.
  ['unsafe', `ARSEEK, XGROUP SETID, XSETID`],
  // Forgets the IDs that XADD IDMP knows.
  ['unsafe', `XCFGSET`],
  // Needs the field names that were prepared on the same connection.
  ['unsafe', `HIMPORT SET`],
  // Would delete what others have written since, under keys that the call never named.
  ['unsafe', `FLUSHALL, FLUSHDB`],
  // For replication and migration, or for debugging.
  ['unsafe', `PFDEBUG, RESTORE-ASKING, TRIMSLOTS, XIDMPRECORD`],
];
