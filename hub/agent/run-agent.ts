import { type Logger, pino } from 'pino';
import { type AgentConfig, AgentConfigError } from './agent-config.ts';
import type { AgentProgram } from './agent-program.ts';
import { JournalInUseError } from './journal-database.ts';

function refuse(message: string, exitCode: number): never {
  process.stderr.write(`${message}\n`);
  process.exit(exitCode);
}

function loadOrRefuse<T>(load: () => T): T {
  try {
    return load();
  } catch (error) {
    if (error instanceof AgentConfigError) refuse(error.message, 2);
    throw error;
  }
}

/**
 * Runs an agent until SIGTERM or SIGINT. Exit codes: 0 stopped as asked, 1 failed, 2 wrong configuration, 3 another agent uses the
 * state folder.
 * @param load the configuration; throws AgentConfigError
 */
export function runAgent<T extends AgentConfig>(
  program: AgentProgram,
  load: () => T,
  start: (config: T, log: Logger) => { stop(): Promise<void> },
): void {
  const config = loadOrRefuse(load);
  const log = pino({ level: config.logLevel, base: { process: program.kind } });
  try {
    const agent = start(config, log);
    let stopping = false;
    const stop = () => {
      if (stopping) return;
      stopping = true;
      agent.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          log.fatal({ err: error }, `the ${program.name} did not stop cleanly`);
          process.exit(1);
        },
      );
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  } catch (error) {
    if (error instanceof JournalInUseError) refuse(error.message, 3);
    refuse(`The ${program.name} cannot start: ${error instanceof Error ? error.message : String(error)}`, 1);
  }
}
