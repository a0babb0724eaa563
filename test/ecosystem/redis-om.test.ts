import { EntityId, Repository, Schema } from 'redis-om';
import { expect } from 'vitest';
import { isOutage } from 'redis-resilience';
import { workWithRedis } from './conditions.ts';

const schema = new Schema(
  'album',
  { artist: { type: 'string' }, year: { type: 'number' } },
  { dataStructure: 'HASH' },
);

workWithRedis<Repository>({
  installedAs: 'redis-om',
  majors: [4],
  outage: 'the error reaches the caller',
  start: (client) => new Repository(schema, client as never),
  async works(albums) {
    const album = { artist: 'Mushroomhead', year: 2014 };
    const saved = await albums.save(album);
    const id = Reflect.get(saved, EntityId) as string;
    expect(await albums.fetch(id)).toEqual(saved);
    await albums.expire(id, 60);
    await albums.remove(id);
    expect(await albums.fetch(id)).not.toMatchObject(album);
    // Search is a module that the servers of these tests do not have; its error is the same for both.
    await expect(albums.createIndex()).rejects.toThrow(/^ERR unknown command .FT\./);
  },
  async away(albums) {
    await expect(albums.fetch('any')).rejects.toSatisfy(isOutage);
  },
});
