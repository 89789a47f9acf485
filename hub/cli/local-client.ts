import { request } from 'node:http';
import { userInfo } from 'node:os';
import type { ControlExperiment } from '#src/shared/contracts/agent-control.ts';
import type { AgentProgram } from '../agent/agent-program.ts';
import type { LocalStatus } from '../local/local-control.ts';
import { socketPath } from '../local/local-server.ts';

/** What the person at the command line is told; ends the command with this exit code. */
export class CommandFault extends Error {
  override readonly name = 'CommandFault';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

const TIMEOUT_MS = 10_000;
/** The agent is not running, or its socket is of a former one. */
const NOT_RUNNING = new Set(['ENOENT', 'ECONNREFUSED']);

/** Asks the agent that runs on this machine, by the socket in its state folder. */
export class LocalClient {
  private readonly stateDir: string;
  private readonly program: AgentProgram;

  constructor(stateDir: string, program: AgentProgram) {
    this.stateDir = stateDir;
    this.program = program;
  }

  status(): Promise<LocalStatus> {
    return this.ask('GET', '/status') as Promise<LocalStatus>;
  }

  /** Null when no agent runs with this state folder. */
  async statusIfRunning(): Promise<LocalStatus | null> {
    try {
      return await this.status();
    } catch (error) {
      if (NOT_RUNNING.has(String((error as Error).cause))) return null;
      throw error;
    }
  }

  experiments(): Promise<ControlExperiment[]> {
    return this.ask('GET', '/experiments') as Promise<ControlExperiment[]>;
  }

  activate(experiment: string): Promise<{ code: string | null }> {
    return this.ask('POST', '/activate', { experiment }) as Promise<{ code: string | null }>;
  }

  async switchUploads(to: 'pause' | 'resume'): Promise<void> {
    await this.ask('POST', `/${to}`);
  }

  private ask(method: string, path: string, body: object = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const asked = request({ socketPath: socketPath(this.stateDir), method, path, timeout: TIMEOUT_MS });
      asked.on('timeout', () => asked.destroy(new Error('no answer')));
      asked.on('error', (error: NodeJS.ErrnoException) => reject(this.faultOf(error)));
      asked.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => {
          const answer = JSON.parse(text) as { message?: string };
          if (response.statusCode === 200) resolve(answer);
          else
            reject(
              new CommandFault(answer.message ?? `The ${this.program.name} says ${response.statusCode}.`),
            );
        });
      });
      asked.end(method === 'POST' ? JSON.stringify({ ...body, by: userInfo().username }) : undefined);
    });
  }

  private faultOf(error: NodeJS.ErrnoException): CommandFault {
    const { name } = this.program;
    const sentence = NOT_RUNNING.has(error.code ?? '')
      ? `No ${name} is running with the state folder ${this.stateDir}: start it, or give its configuration with --config.`
      : error.code === 'EACCES'
        ? `The ${name}'s state folder ${this.stateDir} belongs to another account: run this command as that account.`
        : `The ${name} does not answer: ${error.message}.`;
    return Object.assign(new CommandFault(sentence), { cause: error.code });
  }
}
