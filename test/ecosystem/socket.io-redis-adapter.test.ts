import { createAdapter } from '@socket.io/redis-adapter';
import { workWithRedis } from './conditions.ts';
import { chat, startChat } from './socket-io.ts';

workWithRedis({
  installedAs: '@socket.io/redis-adapter',
  beside: ['socket.io'],
  majors: [4, 5, 6],
  outage:
    'what is emitted reaches the own server only; nothing is thrown, and subscriptions resume',
  start: (client, test) =>
    startChat(async () => {
      const subscriber = client.duplicate();
      subscriber.on('error', () => undefined);
      await subscriber.connect();
      // Not abruptly: the adapter unsubscribes when it is closed, and waits for nothing.
      test.onTestFinished(() => subscriber['quit']());
      return createAdapter(client, subscriber);
    }, test),
  ...chat,
});
