import { readFileSync } from 'node:fs';
import packageJson from '../../../package.json' with { type: 'json' };
import { crossFaults, type ServerConfig, VARIABLES, type Variable } from './schema.ts';

export type { ServerConfig } from './schema.ts';

export type Environment = Record<string, string | undefined>;

/** Every fault of a configuration at once; the message has one line per fault, each naming its variable. */
export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n  ${faults.join('\n  ')}`,
    );
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

type ReadSecretFile = (path: string) => string;

/** Value of a variable, or of the file its `_FILE` variant names. An empty value counts as unset, as in `.env.example`. */
function rawValue(
  variable: Variable,
  env: Environment,
  readSecretFile: ReadSecretFile,
  faults: string[],
): string | undefined {
  const direct = env[variable.name] || undefined;
  const path = variable.secret ? env[`${variable.name}_FILE`] || undefined : undefined;
  if (direct !== undefined && path !== undefined) {
    faults.push(`${variable.name} and ${variable.name}_FILE are both set: keep one`);
    return undefined;
  }
  if (path === undefined) return direct ?? variable.fallback;
  try {
    // Editors end a file with a line feed that is no part of the secret.
    return readSecretFile(path).trim();
  } catch (error) {
    faults.push(
      `${variable.name}_FILE cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
    return undefined;
  }
}

/**
 * Reads a configuration from variables, without touching `process.env`. Throws `ConfigError` that lists every fault;
 * no message holds a value, since a value may be a secret.
 */
export function loadConfig(
  env: Environment,
  readSecretFile: ReadSecretFile = (path) => readFileSync(path, 'utf8'),
): ServerConfig {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  const store = env.BEAMDECK_STORE || 'fs';
  for (const variable of VARIABLES) {
    const before = faults.length;
    const value = rawValue(variable, env, readSecretFile, faults);
    if (faults.length > before) continue;
    if (value === undefined && variable.onlyFor !== undefined && variable.onlyFor !== store) {
      values[variable.key] = '';
      continue;
    }
    if (value === undefined) {
      const variant = variable.secret ? ` (or ${variable.name}_FILE)` : '';
      faults.push(`${variable.name}${variant} must be set: ${variable.about}`);
      continue;
    }
    const parsed = variable.type.safeParse(value);
    if (parsed.success) values[variable.key] = parsed.data;
    else faults.push(`${variable.name} ${parsed.error.issues[0]?.message ?? 'is not valid'}`);
  }
  if (faults.length > 0) throw new ConfigError(faults);
  // Every key of ServerConfig but `version` has its row in VARIABLES (held by a test), and each row parsed.
  const config = values as unknown as Omit<ServerConfig, 'version'>;
  const between = crossFaults(config);
  if (between.length > 0) throw new ConfigError(between);
  return { ...config, version: packageJson.version };
}

let cached: ServerConfig | undefined;

/** The configuration of this process, read from `process.env` at the first call. */
export function config(): ServerConfig {
  cached ??= loadConfig(process.env);
  return cached;
}
