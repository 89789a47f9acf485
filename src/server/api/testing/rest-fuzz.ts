import type { AccessWorld } from './access-world.ts';

type Json = Record<string, unknown>;

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);

/** What is of no type that is wanted, or too much of it. */
export const HOSTILE: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 1e308, -1e308, 2 ** 31, 2 ** 53, -(2 ** 53), 1e-320],
  ...[
    '',
    ' ',
    '0',
    'null',
    'NaN',
    '\0',
    'a\0b',
    '\ud800',
    '😀'.repeat(50),
    'é'.normalize('NFD'),
    '\u202egnp.exe',
  ],
  ...[
    'x'.repeat(300),
    'x'.repeat(50_000),
    "'; drop table experiment; --",
    '../../../etc/passwd',
    '%',
    '%25',
    '$1',
    '{',
    '\\',
  ],
  ...[
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '2026-02-30T00:00:00Z',
    '-271821-04-20T00:00:00Z',
    '2026-11-21',
  ],
  ...[[], {}, [null], [[]], { __proto__: 1 }, { constructor: { prototype: 1 } }, deep(40), deep(4000)],
  ...[Array.from({ length: 3000 }, (_, n) => n), Array.from({ length: 1200 }, () => ({ name: 'x' }))],
];

export interface FuzzedRequest {
  method: string;
  path: string;
  query: string;
  body: string | undefined;
}

/** Makes requests of an operation of the OpenAPI document, from right ones to nonsense, about things of the world and of others. */
export class RestFuzz {
  readonly #random: () => number;
  readonly #w: AccessWorld;
  /** How much of the present request is nonsense. */
  #hostility = 0;

  constructor(seed: number, w: AccessWorld) {
    this.#random = randomOf(seed);
    this.#w = w;
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)]!;
  }

  /** Mostly the one that is meant, else one of something else, of others, or of nothing. */
  #id(name: string): string {
    const { running, next, tray, elsewhere, others, instrument, agentId, triggerId, alarms, strategies } =
      this.#w;
    const meant: Readonly<Record<string, string>> = {
      datasetId: running.datasetId,
      jobId: running.jobId,
      agentId,
      triggerId,
      strategyId: strategies.screeningId,
      alarmId: alarms.alarmId,
      acquisitionId: running.plannedId,
      personId: others.viewer.id,
    };
    if (name in meant && this.chance(0.6)) return meant[name]!;
    return this.pick([
      ...[running.id, running.datasetId, running.fileId, running.jobId, next.id, instrument.id, agentId],
      ...[tray.datasetId, tray.fileId, elsewhere.experimentId, elsewhere.datasetId, elsewhere.agentId],
      ...[elsewhere.instrumentId, others.viewer.id, others.newcomer.id],
      '00000000-0000-7000-8000-000000000000',
    ]);
  }

  #text(name: string): string {
    const { running, next, project, emptyProject, instrument, others, template } = this.#w;
    if (name === 'experiment')
      return this.pick([running.code, running.code, next.code, running.code.toLowerCase()]);
    if (name === 'project') return this.pick([project.code, emptyProject.code, emptyProject.code]);
    if (name === 'instrument') return this.pick([instrument.slug, instrument.slug, 'other-instrument']);
    if (name === 'path' || name === 'paths') return this.pick([running.filePath, 'raw', 'raw/none']);
    if (/email|^to$/i.test(name)) return this.pick([others.newcomer.email, others.viewer.email, 'a@b.org']);
    if (name === 'template') return this.pick(['fast-feedback', template.slug, '{date}/{prefix}']);
    return this.pick(['lyso', 'run 1', 'Ångström 試料', '1']);
  }

  /** A value that a JSON Schema allows, mostly. */
  value(schema: Json, name = ''): unknown {
    if (this.chance(this.#hostility)) return this.pick(HOSTILE);
    if ('const' in schema) return schema.const;
    if (Array.isArray(schema.enum)) return this.pick(schema.enum);
    const choices = (schema.anyOf ?? schema.oneOf) as Json[] | undefined;
    if (choices) return this.value(this.pick(choices), name);
    const type = Array.isArray(schema.type) ? this.pick(schema.type as string[]) : schema.type;
    switch (type) {
      case 'object':
        return this.#object(schema, name);
      case 'array': {
        const item = (schema.items ?? {}) as Json;
        return Array.from({ length: this.pick([0, 1, 1, 2, 5]) }, () => this.value(item, name));
      }
      case 'integer':
        return this.pick([
          0,
          1,
          2,
          10,
          500,
          Number(schema.maximum ?? 1) + 1,
          Number(schema.minimum ?? 0) - 1,
        ]);
      case 'number':
        return this.pick([0, 1, 0.5, -3, 12_398.4]);
      case 'boolean':
        return this.chance(0.5);
      case 'null':
        return null;
      case 'string':
        if (schema.format === 'uuid') return this.#id(name);
        if (schema.format === 'date-time')
          return this.pick(['2026-11-21T18:00:00Z', '2027-01-01T00:00:00+02:00']);
        if (schema.format === 'date') return '2027-01-01';
        return this.#text(name);
      default:
        return this.pick(HOSTILE);
    }
  }

  #object(schema: Json, name: string): Json {
    const required = (schema.required ?? []) as string[];
    const made: Json = {};
    for (const [field, own] of Object.entries((schema.properties ?? {}) as Record<string, Json>)) {
      if (this.chance(required.includes(field) ? 0.95 : 0.5)) made[field] = this.value(own, field);
    }
    const others = schema.additionalProperties;
    if (typeof others === 'object' && others !== null) {
      const key = this.pick(['method', 'energy', '__proto__', 'x'.repeat(100), '']);
      Object.defineProperty(made, key, { value: this.value(others as Json, name), enumerable: true });
    }
    if (this.chance(this.#hostility / 2))
      made[this.pick(['more', 'id', 'experimentId', 'constructor'])] = this.pick(HOSTILE);
    return made;
  }

  /** A request of an operation as the document has it. */
  request(path: string, method: string, operation: Json): FuzzedRequest {
    this.#hostility = this.chance(0.4) ? 0.004 : 0.12;
    const parameters = (operation.parameters ?? []) as {
      name: string;
      in: string;
      schema: Json;
      required: boolean;
    }[];
    const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value)) ?? '';
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const { schema } = parameters.find((each) => each.in === 'path' && each.name === name)!;
      const text = asText(this.value(schema, name)).slice(0, 5000).toWellFormed();
      return name === 'path' ? text.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(text);
    });
    const query = new URLSearchParams();
    for (const { name, schema } of parameters.filter((each) => each.in === 'query')) {
      if (this.chance(0.4)) query.append(name, asText(this.value(schema, name)).slice(0, 5000));
    }
    if (this.chance(this.#hostility / 4))
      query.append(this.pick(['limit', 'more', 'cursor']), this.pick(['', '1', 'x y']));
    const content = (operation.requestBody as { content: Record<string, { schema: Json }> } | undefined)
      ?.content;
    const schema = content?.['application/json']?.schema;
    return { method: method.toUpperCase(), path: filled, query: query.toString(), body: this.#body(schema) };
  }

  #body(schema: Json | undefined): string | undefined {
    if (this.chance(this.#hostility / 4))
      return this.pick(['{', '', 'null', '[]', '"x"', '{"a":1}', '\ufeff{}', '{"a":1,}', '[['.repeat(5000)]);
    return schema ? JSON.stringify(this.value(schema)) : undefined;
  }
}
