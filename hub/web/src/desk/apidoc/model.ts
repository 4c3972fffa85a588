// The OpenAPI document, as far as the page needs it to try the API: operations by group, an example of each body, the request as a command.

export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: Schema | boolean;
  allOf?: Schema[];
  oneOf?: Schema[];
  anyOf?: Schema[];
  contentMediaType?: string;
}
export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header' | 'cookie';
  required?: boolean;
  description?: string;
  schema?: Schema;
}
interface Body {
  required?: boolean;
  content: Record<string, { schema?: Schema }>;
}
export interface Document {
  info: { title: string; description?: string; version: string };
  tags?: { name: string; description?: string }[];
  paths: Record<string, Record<string, unknown>>;
  components?: { schemas?: Record<string, Schema> };
}
export interface Operation {
  /** `get /api/v1/items/{id}`: there is one of it. */
  id: string;
  method: string;
  path: string;
  tag: string;
  summary: string;
  description: string;
  parameters: Parameter[];
  body?: { media: string; schema: Schema; required: boolean };
  answers: { status: string; description: string; schema?: Schema }[];
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

interface Raw {
  tags?: string[];
  summary?: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: Body;
  responses?: Record<string, { description?: string; content?: Record<string, { schema?: Schema }> }>;
}

export function operations(of: Document): Operation[] {
  return Object.entries(of.paths).flatMap(([path, all]) =>
    METHODS.filter(method => method in all).map(method => {
      const raw = all[method] as Raw;
      const [media, content] = Object.entries(raw.requestBody?.content ?? {})[0] ?? [];
      return {
        ...{ id: `${method} ${path}`, method, path, tag: raw.tags?.[0] ?? '', summary: raw.summary ?? '' },
        description: raw.description ?? '',
        parameters: (raw.parameters ?? []).filter(p => p.in !== 'cookie'),
        body: media && content ? { media, schema: content.schema ?? {}, required: raw.requestBody?.required ?? false } : undefined,
        answers: Object.entries(raw.responses ?? {}).map(([status, answer]) => ({
          status,
          description: answer.description ?? '',
          schema: Object.values(answer.content ?? {})[0]?.schema,
        })),
      };
    }),
  );
}

/** Operations in which all words occur: in path, method, summary or group. */
export function found(all: Operation[], q: string): Operation[] {
  const wanted = q.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter(o => {
    const text = `${o.method} ${o.path} ${o.summary} ${o.tag}`.toLowerCase();
    return wanted.every(word => text.includes(word));
  });
}

const DEEPEST = 6;

export function resolved(schema: Schema, of: Document): Schema {
  const name = schema.$ref?.split('/').pop();
  return (name && of.components?.schemas?.[name]) || schema;
}

/** An example of a body: what is required, with values of the right types. */
export function example(schema: Schema, of: Document, depth = 0): unknown {
  const s = resolved(schema, of);
  if (depth > DEEPEST) return null;
  if (s.default !== undefined) return s.default;
  if (s.const !== undefined) return s.const;
  if (s.enum) return s.enum[0];
  if (s.allOf) return Object.assign({}, ...s.allOf.map(one => example(one, of, depth + 1)));
  const one = (s.oneOf ?? s.anyOf)?.find(o => o.type !== 'null');
  if (one) return example(one, of, depth + 1);
  const type = Array.isArray(s.type) ? s.type.find(t => t !== 'null') : s.type;
  if (s.properties) {
    const required = s.required ?? [];
    const names = Object.keys(s.properties).filter(name => required.length === 0 || required.includes(name));
    return Object.fromEntries(names.map(name => [name, example(s.properties?.[name] ?? {}, of, depth + 1)]));
  }
  if (type === 'array') return s.items && depth < 3 ? [example(s.items, of, depth + 1)] : [];
  if (type === 'object') return {};
  if (type === 'integer' || type === 'number') return 0;
  if (type === 'boolean') return false;
  return type === 'string' ? '' : null;
}

export interface Told {
  name: string;
  type: string;
  required: boolean;
  description: string;
  inside: Told[];
}

function typeOf(s: Schema, of: Document): string {
  if (s.$ref) return s.$ref.split('/').pop() ?? '';
  if (s.enum) return s.enum.map(String).join(' | ');
  const one = (s.oneOf ?? s.anyOf)?.filter(o => o.type !== 'null');
  if (one) return one.map(o => typeOf(o, of)).join(' | ');
  const type = Array.isArray(s.type) ? s.type.filter(t => t !== 'null').join(' | ') : (s.type ?? '');
  if (type === 'array') return `${s.items ? typeOf(s.items, of) : ''}[]`;
  return type || (s.allOf ? 'object' : 'any');
}

/** The fields of a schema, those within them beneath. */
export function told(schema: Schema, of: Document, seen: string[] = []): Told[] {
  const name = schema.$ref ?? '';
  if (seen.length > DEEPEST || (name && seen.includes(name))) return [];
  const s = resolved(schema, of);
  const next = [...seen, name];
  if (s.allOf) return s.allOf.flatMap(one => told(one, of, next));
  if (s.items) return told(s.items, of, next);
  const one = (s.oneOf ?? s.anyOf)?.find(o => o.type !== 'null');
  if (one) return told(one, of, next);
  return Object.entries(s.properties ?? {}).map(([key, field]) => ({
    name: key,
    type: typeOf(field, of),
    required: s.required?.includes(key) ?? false,
    description: field.description ?? '',
    inside: told(field, of, next),
  }));
}

/** The address with what was filled in; what is missing of its path stays in braces. */
export function address(o: Operation, values: Record<string, string>): string {
  const path = o.path.replace(/\{(\w+)\}/g, (braces, name: string) => {
    const value = values[`path ${name}`]?.trim();
    return value ? encodeURIComponent(value) : braces;
  });
  const query = new URLSearchParams();
  for (const p of o.parameters.filter(one => one.in === 'query')) {
    const value = values[`query ${p.name}`]?.trim();
    if (value) query.append(p.name, value);
  }
  // Parameters that the document does not name one by one, as those of custom fields.
  for (const pair of (values['query more'] ?? '').split('&')) {
    const [name, ...value] = pair.split('=');
    if (name?.trim()) query.append(name.trim(), value.join('='));
  }
  return String(query) ? `${path}?${query}` : path;
}

/** Headers that were filled in; a bare number as a version is quoted. */
export function headersOf(o: Operation, values: Record<string, string>): Record<string, string> {
  const all = o.parameters.filter(p => p.in === 'header').map(p => [p.name.toLowerCase(), values[`header ${p.name}`]?.trim() ?? '']);
  return Object.fromEntries(
    all
      .filter(([, value]) => value)
      .map(([name, value]) => [name, name === 'if-match' && /^\d+$/.test(value ?? '') ? `"${value}"` : value]),
  );
}

/** The request as a command, for a program with a token. */
export function command(o: Operation, base: string, values: Record<string, string>, body: string): string {
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const parts = [`curl -X ${o.method.toUpperCase()} ${quote(base + address(o, values))}`, `-H 'authorization: Bearer TOKEN'`];
  for (const [name, value] of Object.entries(headersOf(o, values))) parts.push(`-H ${quote(`${name}: ${value}`)}`);
  if (o.body?.media === 'multipart/form-data') {
    for (const [name, value] of Object.entries(values))
      if (name.startsWith('form ')) parts.push(`-F ${quote(`${name.slice(5)}=${value}`)}`);
    parts.push('-F file=@FILE');
  } else if (o.body && body.trim()) parts.push(`-H 'content-type: application/json'`, `-d ${quote(body)}`);
  return parts.join(' \\\n  ');
}
