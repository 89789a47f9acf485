import type { AgentCommand, CommandOutcome } from '#src/shared/contracts/agent-control.ts';
import type { Journal } from './journal.ts';

const META_KEY = 'commands';
/** The server drops a command when it has its outcome; so many are remembered for answers that were lost. */
const KEPT = 300;

interface KnownCommand extends CommandOutcome {
  isTold: boolean;
}

/** Does one command; resolves with a sentence of what was done, rejects with why it failed. */
export type CommandHandler = (command: AgentCommand) => Promise<string>;

/** Commands of the server, each done once, their outcomes kept until the server has them. */
export class CommandLog {
  private readonly journal: Journal;
  private readonly handle: CommandHandler;
  private readonly underWay = new Set<string>();
  private known: KnownCommand[];

  constructor(journal: Journal, handle: CommandHandler) {
    this.journal = journal;
    this.handle = handle;
    this.known = JSON.parse(journal.meta(META_KEY) ?? '[]') as KnownCommand[];
  }

  private keep(commands: KnownCommand[]): void {
    this.known = commands.slice(-KEPT);
    this.journal.setMeta(META_KEY, JSON.stringify(this.known));
  }

  /** Hears the same commands again and again until the server has their outcomes. */
  heard(commands: readonly AgentCommand[]): void {
    for (const command of commands) {
      if (this.underWay.has(command.id) || this.known.some(({ id }) => id === command.id)) continue;
      this.underWay.add(command.id);
      void this.run(command);
    }
  }

  private async run(command: AgentCommand): Promise<void> {
    const done = await this.handle(command).then(
      (message) => ({ outcome: 'done' as const, message }),
      (error: unknown) => ({
        outcome: 'failed' as const,
        message: error instanceof Error ? error.message : String(error),
      }),
    );
    this.keep([
      ...this.known,
      { id: command.id, ...done, message: done.message.slice(0, 1000), isTold: false },
    ]);
    this.underWay.delete(command.id);
  }

  /** The first hundred that the server has not taken yet. */
  toTell(): CommandOutcome[] {
    const untold = this.known.filter(({ isTold }) => !isTold).slice(0, 100);
    return untold.map(({ id, outcome, message }) => ({ id, outcome, message }));
  }

  stored(ids: readonly string[]): void {
    if (ids.length === 0) return;
    this.keep(this.known.map((one) => (ids.includes(one.id) ? { ...one, isTold: true } : one)));
  }
}
