const { createClient } = require('redis-4');
const { resilient } = require('redis-resilience');

async function main() {
  const redis = resilient(createClient({ url: process.env.REDIS_URL }));
  await redis.connect();
  await redis.set('cjs', 'hello from CommonJS');
  console.log(await redis.get('cjs'));
  await redis.quit();
}

main();
