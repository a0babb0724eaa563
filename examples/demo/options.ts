import { parseArgs } from 'node:util';

const usage = `Usage: npm run demo -- [--redis 4|5|6] [--svg FILE] [--json FILE]
       npm run demo -- --web [--port N] [--redis 4|5|6]

Puts the bare node-redis client and the wrapped one through the same six faults, side by side, each
on a redis-server of its own, compares what became of their calls and draws a picture of it. With --web, a page
shows what happens as it happens and has a button for each of the faults.

  --redis 4|5|6   the major version of node-redis (default 4)
  --svg FILE      where the picture goes (default redis-resilience-demo.svg)
  --json FILE     writes the result as JSON, too
  --web           serves the page to this machine, until Ctrl-C
  --port N        where (default 8379; 0: any free port)
  --help          prints this

Without --web, exits with 1 where the wrapped client breaks a promise.`;

const majors = ['4', '5', '6'];

/** What the command line asks for. */
export interface DemoOptions {
  readonly major: number;
  readonly svgFile: string;
  readonly jsonFile: string | undefined;
  /** Where the live page is served, if it is that which is wanted. */
  readonly port: number | undefined;
}

/** Reads the command line; ends the process where that is all there is to do. */
export function readOptions(): DemoOptions {
  try {
    const { values } = parseArgs({
      options: {
        redis: { type: 'string', default: '4' },
        svg: { type: 'string', default: 'redis-resilience-demo.svg' },
        json: { type: 'string' },
        web: { type: 'boolean', default: false },
        port: { type: 'string', default: '8379' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(usage);
      process.exit();
    }
    if (!majors.includes(values.redis)) throw new TypeError(`there is no redis ${values.redis}`);
    if (!/^\d+$/.test(values.port)) throw new TypeError(`${values.port} is not a port`);
    const files = { svgFile: values.svg, jsonFile: values.json };
    const port = values.web ? Number(values.port) : undefined;
    return { major: Number(values.redis), ...files, port };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}
