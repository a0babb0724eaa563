import type { ReplayClass, RuleGroup } from './replay-class.ts';
import { bytesAt, indexOfWord, numberAt, wordAt, type Wire } from './wire.ts';

/**
 * The commands of the modules that ship with Redis 8 or shipped with Redis Stack, by their documentation;
 * where that does not tell what a second run answers, the more dangerous class stands.
 */
export const MODULES: readonly RuleGroup[] = [
  ['read', `JSON.ARRINDEX, JSON.ARRLEN, JSON.DEBUG HELP, JSON.DEBUG MEMORY, JSON.GET, JSON.MGET`],
  ['read', `JSON.OBJKEYS, JSON.OBJLEN, JSON.RESP, JSON.STRLEN, JSON.TYPE`],
  [jsonSetClass, `JSON.SET`],
  ['same-reply', `JSON.MERGE, JSON.MSET`],
  [jsonTrimClass, `JSON.ARRTRIM`],
  [jsonDelClass, `JSON.DEL, JSON.FORGET`],
  // Answers how many values it changed.
  ['same-state', `JSON.CLEAR`],
  ['unsafe', `JSON.ARRAPPEND, JSON.ARRINSERT, JSON.ARRPOP, JSON.NUMINCRBY, JSON.NUMMULTBY`],
  ['unsafe', `JSON.NUMPOWBY, JSON.STRAPPEND, JSON.TOGGLE`],

  ['read', `FT.ALIASLIST, FT.CONFIG GET, FT.CONFIG HELP, FT.DICTDUMP, FT.EXPLAIN, FT.EXPLAINCLI`],
  [
    'read',
    `FT.INFO, FT.SEARCH, FT.SPELLCHECK, FT.SUGGET, FT.SUGLEN, FT.SYNDUMP, FT.TAGVALS, FT._LIST`,
  ],
  [cursorClass, `FT.AGGREGATE, FT.HYBRID, FT.PROFILE`],
  ['same-reply', `FT.ALIASUPDATE`],
  ['same-state', `FT.DICTADD, FT.DICTDEL, FT.SUGDEL, FT.SYNUPDATE`],
  [suggestionClass, `FT.SUGADD`],
  // Readonly to Redis, but the page that was lost with the reply does not come again.
  ['unsafe', `FT.CURSOR DEL, FT.CURSOR GC, FT.CURSOR READ`],
  // Fails the second time because it exists, or no longer does.
  ['unsafe', `FT.ALIASADD, FT.ALIASDEL, FT.ALTER, FT.CREATE, FT.DROP, FT.DROPINDEX`],
  ['unsafe', `FT.CONFIG SET`],

  ['read', `TS.GET, TS.INFO, TS.MGET, TS.MRANGE, TS.MREVRANGE, TS.NRANGE, TS.NREVRANGE`],
  ['read', `TS.QUERYINDEX, TS.QUERYLABELS, TS.RANGE, TS.READ, TS.REVRANGE`],
  ['same-state', `TS.ALTER, TS.DEL`],
  // What a sample that is already there does depends on the series' duplicate policy.
  ['unsafe', `TS.ADD, TS.MADD`],
  ['unsafe', `TS.DECRBY, TS.INCRBY`],
  ['unsafe', `TS.CREATE, TS.CREATERULE, TS.DELETERULE, TIMESERIES.REFRESHCLUSTER`],

  ['read', `BF.CARD, BF.DEBUG, BF.EXISTS, BF.INFO, BF.MEXISTS, BF.SCANDUMP`],
  // A Bloom filter holds an item or does not; a cuckoo filter counts how often it was added.
  ['same-state', `BF.ADD, BF.INSERT, BF.MADD`],
  ['unsafe', `BF.LOADCHUNK, BF.RESERVE`],
  ['read', `CF.COUNT, CF.DEBUG, CF.EXISTS, CF.INFO, CF.MEXISTS, CF.SCANDUMP`],
  ['unsafe', `CF.ADD, CF.DEL, CF.INSERT`],
  // The reply flips, as with SETNX.
  ['unsafe', `CF.ADDNX, CF.INSERTNX`],
  // Readonly to Redis, but it rearranges the filter.
  ['unsafe', `CF.COMPACT`],
  ['unsafe', `CF.LOADCHUNK, CF.RESERVE`],

  ['read', `CMS.INFO, CMS.QUERY, TOPK.COUNT, TOPK.INFO, TOPK.LIST, TOPK.QUERY`],
  [
    'unsafe',
    `CMS.INCRBY, CMS.INITBYDIM, CMS.INITBYPROB, CMS.MERGE, TOPK.ADD, TOPK.INCRBY, TOPK.RESERVE`,
  ],

  [
    'read',
    `TDIGEST.BYRANK, TDIGEST.BYREVRANK, TDIGEST.CDF, TDIGEST.INFO, TDIGEST.MAX, TDIGEST.MIN`,
  ],
  ['read', `TDIGEST.QUANTILE, TDIGEST.RANK, TDIGEST.REVRANK, TDIGEST.TRIMMED_MEAN`],
  ['same-state', `TDIGEST.RESET`],
  ['unsafe', `TDIGEST.ADD, TDIGEST.CREATE, TDIGEST.MERGE`],

  ['read', `GRAPH.CONFIG GET, GRAPH.EXPLAIN, GRAPH.LIST, GRAPH.RO_QUERY`],
  [graphLogClass, `GRAPH.SLOWLOG`],
  // PROFILE runs the query, writes included.
  ['unsafe', `GRAPH.PROFILE, GRAPH.QUERY`],
  ['unsafe', `GRAPH.CONFIG SET, GRAPH.CONSTRAINT CREATE, GRAPH.CONSTRAINT DROP, GRAPH.DELETE`],
];

function jsonSetClass(wire: Wire): ReplayClass {
  const plain = wire.length <= 4 || (wordAt(wire, 4) === 'FPHA' && wire.length === 6);
  return plain ? 'same-reply' : 'unsafe';
}

function jsonDelClass(wire: Wire): ReplayClass {
  // Where an array element is gone the next one stands in its place.
  return bytesAt(wire, 2).includes('[') ? 'unsafe' : 'same-state';
}

function jsonTrimClass(wire: Wire): ReplayClass {
  const keepsTheFirst = numberAt(wire, 3) === 0 && (numberAt(wire, 4) ?? -1) >= 0;
  return keepsTheFirst ? 'same-reply' : 'unsafe';
}

function cursorClass(wire: Wire): ReplayClass {
  // The cursor that was lost with the reply would stay open until it idles out.
  return indexOfWord(wire, ['WITHCURSOR'], 2) < 0 ? 'read' : 'unsafe';
}

function suggestionClass(wire: Wire): ReplayClass {
  return indexOfWord(wire, ['INCR'], 4) < 0 ? 'same-state' : 'unsafe';
}

function graphLogClass(wire: Wire): ReplayClass {
  return wire.length > 2 ? 'unsafe' : 'read';
}
