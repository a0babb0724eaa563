import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const lowest = 20_000;
const highest = 32_000;
const attempts = 100;

/** Draws a port number from a range in which no connection gets its own port. */
function drawPort(): number {
  // Outside the ephemeral ranges, nothing takes the port while its owner is down, and a client that
  // redials a closed port on loopback cannot connect to itself.
  return lowest + Math.floor(Math.random() * (highest - lowest));
}

/** Says whether a server could listen on the port of the loopback address now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => {
      resolve(false);
    });
    probe.listen(port, '127.0.0.1', () => {
      probe.close(() => {
        resolve(true);
      });
    });
  });
}

/**
 * Reserves a port number for as long as this process lives, by holding it for UDP, which nobody here uses:
 * whoever is killed, or refuses for a while, must not find a server of another test on its port.
 */
function reserve(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => {
      resolve(false);
    });
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      socket.unref();
      resolve(true);
    });
  });
}

/** Finds a port on which nothing listens, and which no test that runs beside this one gets. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = drawPort();
    if ((await isFree(port)) && (await reserve(port))) return port;
  }
  throw new Error(`no free port found between ${lowest} and ${highest}`);
}
