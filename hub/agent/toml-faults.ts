/*
 * Strict reading of a parsed TOML document. The parser keeps no positions, so a key's line is found again in the text;
 * good enough for the tables and arrays of tables of a configuration file (inline tables are not used in ours).
 */

type Plain = Readonly<Record<string, unknown>>;

function isTable(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Line numbers (1-based) of every key, by `table.key`; arrays of tables count from 0: `detector.0.name`. */
function locateKeys(text: string): Map<string, number> {
  const lines = new Map<string, number>();
  const arrays = new Map<string, number>();
  let prefix = '';
  for (const [index, line] of text.split('\n').entries()) {
    const header = /^\s*(\[\[?)\s*([^\]]+?)\s*\]/.exec(line);
    const key = /^\s*(?:"([^"]+)"|'([^']+)'|([A-Za-z0-9_-]+))\s*[=.]/.exec(line);
    if (header) {
      const name = header[2]!.replaceAll(/["'\s]/g, '');
      if (header[1] === '[[') {
        const nth = (arrays.get(name) ?? -1) + 1;
        arrays.set(name, nth);
        prefix = `${name}.${nth}.`;
        lines.set(`${name}.${nth}`, index + 1);
      } else {
        // [detector.republish] belongs to the latest [[detector]].
        const owner = name.split('.', 1)[0]!;
        const nth = arrays.get(owner);
        const at = nth === undefined ? name : `${owner}.${nth}${name.slice(owner.length)}`;
        prefix = `${at}.`;
        if (!lines.has(at)) lines.set(at, index + 1);
      }
      if (!lines.has(name)) lines.set(name, index + 1);
    } else if (key) {
      const name = prefix + (key[1] ?? key[2] ?? key[3]);
      if (!lines.has(name)) lines.set(name, index + 1);
    }
  }
  return lines;
}

/** Collects the faults of one document. */
export class TomlFaults {
  private readonly lines: Map<string, number>;
  private readonly found: { line: number; text: string }[] = [];

  constructor(text: string) {
    this.lines = locateKeys(text);
  }

  add(at: string, text: string): void {
    const line = this.lines.get(at) ?? this.lines.get(at.slice(0, Math.max(0, at.lastIndexOf('.')))) ?? 0;
    this.found.push({ line, text: line > 0 ? `line ${line}: ${text}` : text });
  }

  table(content: Plain, at: string): TomlTable {
    return new TomlTable(this, content, at);
  }

  throwIfAny(make: (faults: string[]) => Error): void {
    if (this.found.length === 0) return;
    throw make(this.found.toSorted((a, b) => a.line - b.line).map(({ text }) => text));
  }
}

/** One table: each getter marks its key as known, `finish` reports the keys nobody asked for. */
export class TomlTable {
  private readonly faults: TomlFaults;
  private readonly content: Plain;
  private readonly at: string;
  private readonly known = new Set<string>();

  constructor(faults: TomlFaults, content: Plain, at: string) {
    this.faults = faults;
    this.content = content;
    this.at = at;
  }

  private path(key: string): string {
    return this.at === '' ? key : `${this.at}.${key}`;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.content, key);
  }

  fault(key: string, text: string): void {
    this.faults.add(this.path(key), `${key} ${text}`);
  }

  value(key: string, fallback: unknown): unknown {
    this.known.add(key);
    return this.has(key) ? this.content[key] : fallback;
  }

  /** Without a fallback the key is required. */
  text(key: string, fallback?: string | null): string | null {
    const value = this.value(key, fallback);
    if (value === undefined) this.fault(key, 'is missing');
    else if (value !== null && typeof value !== 'string') this.fault(key, 'must be a text in quotes');
    return typeof value === 'string' ? value : null;
  }

  list(key: string): readonly unknown[] | null {
    const value = this.value(key, undefined);
    if (value === undefined) this.fault(key, 'is missing');
    else if (!Array.isArray(value)) this.fault(key, 'must be a list in brackets');
    return Array.isArray(value) ? value : null;
  }

  number(key: string, min: number, max: number, fallback: number): number {
    const value = this.value(key, fallback);
    if (typeof value === 'number' && value >= min && value <= max) return value;
    this.fault(key, `must be a number from ${min} to ${max}`);
    return fallback;
  }

  integer(key: string, min: number, max: number, fallback: number): number {
    const value = this.number(key, min, max, fallback);
    if (Number.isInteger(value)) return value;
    this.fault(key, 'must be a whole number');
    return fallback;
  }

  /** Fallback null: the key is required; the first choice stands in after the fault. */
  choice<T extends string>(key: string, choices: readonly T[], fallback: T | null): T {
    const value = this.value(key, fallback);
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    const wanted = choices.map((choice) => `"${choice}"`).join(' or ');
    this.fault(key, value === null ? `is missing: ${wanted}` : `must be ${wanted}`);
    return fallback ?? choices[0]!;
  }

  table(key: string): TomlTable {
    const value = this.value(key, {});
    if (!isTable(value)) this.fault(key, `must be a table: [${key}]`);
    return this.faults.table(isTable(value) ? value : {}, this.path(key));
  }

  /** A table that the document does not have: every key has its fallback. */
  empty(key: string): TomlTable {
    return this.faults.table({}, this.path(key));
  }

  tables(key: string): TomlTable[] {
    const value = this.value(key, []);
    if (!Array.isArray(value) || !value.every(isTable)) {
      this.fault(key, `must be written as [[${key}]]`);
      return [];
    }
    return value.map((content, index) => this.faults.table(content, `${this.path(key)}.${index}`));
  }

  finish(): void {
    for (const key of Object.keys(this.content)) {
      if (!this.known.has(key)) {
        const where = this.at === '' ? '' : ` in [${this.at.replaceAll(/\.\d+(?=\.|$)/g, '')}]`;
        this.faults.add(this.path(key), `unknown key "${key}"${where}`);
      }
    }
  }
}
