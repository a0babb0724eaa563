/* What the receivers of logs take, from their published formats; every function throws at what they would refuse. */

type Json = Readonly<Record<string, unknown>>;

/** A record with these fields, of which those with a `?` may be missing, and no others. */
function record(value: unknown, ...fields: readonly string[]): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`No object: ${JSON.stringify(value)}`);
  }
  const names = fields.map((field) => field.replace('?', ''));
  const missing = fields.filter((field) => !field.endsWith('?') && !(field in value));
  const unknown = Object.keys(value).filter((name) => !names.includes(name));
  if (missing.length + unknown.length > 0) {
    throw new Error(
      `Missing ${missing.join()}, unknown ${unknown.join()} in ${JSON.stringify(value)}`,
    );
  }
  return value as Json;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value) || value.length === 0) throw new Error(`No list: ${String(value)}`);
  return value;
}

function matching(pattern: RegExp, value: unknown): string {
  if (typeof value === 'string' && pattern.test(value)) return value;
  throw new Error(`${JSON.stringify(value)} does not match ${String(pattern)}`);
}

/** A push to Loki, https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs */
export function lokiLines(body: unknown): { labels: Json; line: string }[] {
  return list(record(body, 'streams')['streams']).flatMap((each) => {
    const { stream, values } = record(each, 'stream', 'values');
    const labels = stream as Json;
    for (const [name, value] of Object.entries(labels)) {
      matching(/^[a-zA-Z_][a-zA-Z0-9_]*$/, name);
      matching(/./, value);
    }
    return list(values).map((entry) => {
      const [nanoseconds, line, metadata = {}, ...more] = list(entry);
      matching(/^1\d{18}$/, nanoseconds);
      for (const value of Object.values(metadata as Json)) matching(/^/, value);
      if (more.length > 0) throw new Error(`Too much: ${JSON.stringify(more)}`);
      return { labels, line: matching(/./s, line) };
    });
  });
}

/** A log record, as far as the tests look at it. */
export interface OtlpRecord {
  readonly severityText: string;
  readonly severityNumber: number;
  readonly body: unknown;
  readonly attributes: Json;
  readonly resource: Json;
}

/** An ExportLogsServiceRequest in JSON, opentelemetry/proto/logs/v1/logs.proto */
export function otlpRecords(body: unknown): OtlpRecord[] {
  return list(record(body, 'resourceLogs')['resourceLogs']).flatMap((each) => {
    const { resource, scopeLogs } = record(each, 'resource', 'scopeLogs', 'schemaUrl?');
    const { attributes } = record(resource, 'attributes', 'droppedAttributesCount?', 'entityRefs?');
    return list(scopeLogs).flatMap((scoped) => {
      const { scope, logRecords } = record(scoped, 'scope', 'logRecords', 'schemaUrl?');
      record(scope, 'name', 'version?', 'attributes?', 'droppedAttributesCount?');
      return list(logRecords).map((one) => otlpRecord(one, keyValues(attributes)));
    });
  });
}

function otlpRecord(value: unknown, resource: Json): OtlpRecord {
  const one = record(
    value,
    ...['timeUnixNano', 'observedTimeUnixNano', 'severityNumber', 'severityText', 'body'],
    ...['attributes', 'droppedAttributesCount?', 'flags?', 'traceId?', 'spanId?', 'eventName?'],
  );
  for (const time of ['timeUnixNano', 'observedTimeUnixNano']) matching(/^1\d{18}$/, one[time]);
  if (one['traceId'] !== undefined) matching(/^[0-9a-f]{32}$/, one['traceId']);
  if (one['spanId'] !== undefined) matching(/^[0-9a-f]{16}$/, one['spanId']);
  const severityNumber = Number(one['severityNumber']);
  if (!(severityNumber >= 1 && severityNumber <= 24)) throw new Error('No severity');
  return {
    severityNumber,
    severityText: matching(/./, one['severityText']),
    body: anyValue(one['body']),
    attributes: keyValues(one['attributes']),
    resource,
  };
}

function keyValues(value: unknown): Json {
  if (!Array.isArray(value)) throw new Error('No attributes');
  return Object.fromEntries(
    value.map((each) => {
      const { key, value: held } = record(each, 'key', 'value');
      return [matching(/./, key), anyValue(held)];
    }),
  );
}

function anyValue(value: unknown): unknown {
  const [[type, held] = [], ...more] = Object.entries(value as Json);
  if (more.length > 0) throw new Error(`More than one value: ${JSON.stringify(value)}`);
  switch (type) {
    case 'stringValue':
      return matching(/^/, held);
    case 'intValue':
    case 'doubleValue':
      return Number(held);
    case 'boolValue':
      return held === true;
    case 'arrayValue':
      return list(record(held, 'values')['values']).map(anyValue);
    case 'kvlistValue':
      return keyValues(record(held, 'values')['values']);
    default:
      throw new Error(`Of no known type: ${JSON.stringify(value)}`);
  }
}

/** A line in the Elastic Common Schema, https://www.elastic.co/guide/en/ecs-logging/overview/current/intro.html */
export function ecsLine(text: string): Json {
  const line = JSON.parse(text) as Json;
  matching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, line['@timestamp']);
  if (Object.keys(line)[0] !== '@timestamp') throw new Error('@timestamp has to come first');
  for (const name of ['log.level', 'message']) matching(/./, line[name]);
  matching(/^8\.\d+\.\d+$/, line['ecs.version']);
  return line;
}

/** Names that Elasticsearch could not map: a field with a value that is an object with fields as well. */
export function mappingConflicts(lines: readonly Json[]): string[] {
  const names = new Set(lines.flatMap((line) => Object.keys(line)));
  return [...names].filter((name) => [...names].some((other) => other.startsWith(`${name}.`)));
}
