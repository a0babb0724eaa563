/* TLS with a private CA, and a user with limited rights: what is refused says where and why. */
import { createClient } from 'redis';
import { PermissionError, ResilienceError, resilient } from 'redis-resilience';
import { Certificates } from '../test/support/certificates.ts';
import { RedisServer } from '../test/support/redis-server.ts';

const certificates = await Certificates.make();
const { ca, server: certificate, client } = certificates;
const server = await RedisServer.start({ tls: { certificate, ca, clientCertificates: true } });
await server.must('ACL', 'SETUSER', 'app', 'on', '>open sesame', '~app:*', '+@read', '+@write');

/** A client as the app would make it, with another password or other TLS options where given. */
function connectTo(password: string, socket: object) {
  const url = `rediss://app:${encodeURIComponent(password)}@127.0.0.1:${server.port}`;
  return resilient(createClient({ url, socket: { tls: true, ...socket } }), { logger: false });
}

const trusted = { ca: ca.cert, cert: client.cert, key: client.key };

const redis = connectTo('open sesame', trusted);
await redis.connect();
console.log('SET app:greeting:', await redis.set('app:greeting', 'hello'));
await server.command('CLIENT', 'KILL', 'TYPE', 'normal');
console.log('after a lost connection:', await redis.get('app:greeting'));
await redis.get('secret').catch((error: unknown) => {
  if (!(error instanceof PermissionError)) throw error;
  console.log('GET secret:', error.kind, error.execution);
});
await redis.resilience.shutdown();

console.log('\nwhat cannot connect is told at once:');
const { cert, key } = trusted;
const attempts = {
  'without the CA': connectTo('open sesame', { cert, key }),
  'without a certificate': connectTo('open sesame', { ca: ca.cert }),
  'with a wrong password': connectTo('guess', trusted),
};
for (const [title, refused] of Object.entries(attempts)) {
  await refused.connect().catch((error: unknown) => {
    if (!(error instanceof ResilienceError)) throw error;
    console.log(`  ${title}: kind ${error.kind} at ${error.address ?? ''}`);
    console.log(`    ${error.message}`);
  });
  await refused.resilience.shutdown();
}

await server.stop();
certificates.remove();
