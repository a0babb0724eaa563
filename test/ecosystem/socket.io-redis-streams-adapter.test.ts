import { createAdapter } from '@socket.io/redis-streams-adapter';
import { workWithRedis } from './conditions.ts';
import { chat, startChat } from './socket-io.ts';

workWithRedis({
  installedAs: '@socket.io/redis-streams-adapter',
  beside: ['socket.io'],
  majors: [4, 5, 6],
  outage: 'what is emitted reaches the own server only; nothing is thrown, and reading resumes',
  start: (client, test) => startChat(() => createAdapter(client, { blockTimeInMs: 200 }), test),
  ...chat,
});
