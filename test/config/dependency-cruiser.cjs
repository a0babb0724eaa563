/**
 * Arrows point one way: index > resilient > facade > layers > connection > pipeline, commands, failures.
 * Rooms, or single files of them.
 */
const inner = {
  failures: [],
  commands: ['failures'],
  options: ['telemetry/telemetry.ts', 'commands', 'failures'],
  telemetry: ['options', 'commands', 'failures'],
  pipeline: ['telemetry/(telemetry|events|no-context).ts', 'options', 'commands', 'failures'],
  connection: ['pipeline', 'telemetry', 'options', 'commands', 'failures'],
  layers: ['connection', 'pipeline', 'telemetry', 'options', 'commands', 'failures'],
  facade: ['layers', 'connection', 'pipeline', 'telemetry', 'options', 'commands', 'failures'],
};

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: '^src/(index|opentelemetry)' },
      to: {},
    },
    { name: 'nobody-imports-the-index', severity: 'error', from: {}, to: { path: '^src/index' } },
    ...Object.entries(inner).map(([room, allowed]) => ({
      name: `${room}-looks-inwards`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/', pathNot: `^src/(${[room, ...allowed].join('|')})(/|$)` },
    })),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};
