import { parseArgs } from 'node:util';

const usage = `Usage: npm run demo -- [--redis 4|5|6] [--json FILE]

Puts the bare node-redis client and the wrapped one through the same six faults, side by side, each
on a redis-server of its own, compares what became of their calls and draws a picture of it.

  --redis 4|5|6   the major version of node-redis (default 4)
  --svg FILE      where the picture goes (default redis-resilience-demo.svg)
  --json FILE     writes the result as JSON, too
  --help          prints this

Exits with 1 where the wrapped client breaks a promise.`;

const majors = ['4', '5', '6'];

/** What the command line asks for. */
export interface DemoOptions {
  readonly major: number;
  readonly svgFile: string;
  readonly jsonFile: string | undefined;
}

/** Reads the command line; ends the process where that is all there is to do. */
export function readOptions(): DemoOptions {
  try {
    const { values } = parseArgs({
      options: {
        redis: { type: 'string', default: '4' },
        svg: { type: 'string', default: 'redis-resilience-demo.svg' },
        json: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(usage);
      process.exit();
    }
    if (!majors.includes(values.redis)) throw new TypeError(`there is no redis ${values.redis}`);
    return { major: Number(values.redis), svgFile: values.svg, jsonFile: values.json };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}
