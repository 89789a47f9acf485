import { Push } from 'zeromq';

/*
 * A PUSH socket that waits instead of dropping. ZeroMQ queues at most `queueMessages` per receiver; when nobody pulls or
 * the receiver is slow, sending waits, so memory is bounded by the queue and no message is lost on this side.
 */

const ATTEMPT_MS = 500;

export class SendStopped extends Error {
  constructor() {
    super('sending was stopped while nobody pulled');
    this.name = 'SendStopped';
  }
}

export interface MessageSenderOptions {
  endpoint: string;
  queueMessages: number;
  /** How long `close` waits for queued messages to leave. */
  lingerMs: number;
  /** Called once when a message has been waiting for a receiver for two seconds, and again when it has left. */
  onWaiting: (waiting: boolean) => void;
}

function isAgain(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}

/** A sentence for a person about why the socket could not be opened. */
export function explainBindFailure(endpoint: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'EADDRINUSE')
    return `${endpoint} is in use by another program. Stop it or choose another port.`;
  if (code === 'EACCES') return `This user may not open ${endpoint}. Choose a port above 1023.`;
  if (code === 'EADDRNOTAVAIL') return `${endpoint} is no address of this machine.`;
  return `${endpoint} cannot be opened: ${error instanceof Error ? error.message : String(error)}`;
}

export class MessageSender {
  private readonly socket: Push;
  private readonly options: MessageSenderOptions;
  private stopped = false;

  private constructor(socket: Push, options: MessageSenderOptions) {
    this.socket = socket;
    this.options = options;
  }

  /** @throws the socket's error when the endpoint cannot be bound, see `explainBindFailure` */
  static async bind(options: MessageSenderOptions): Promise<MessageSender> {
    const socket = new Push({
      sendHighWaterMark: options.queueMessages,
      sendTimeout: ATTEMPT_MS,
      linger: options.lingerMs,
    });
    try {
      await socket.bind(options.endpoint);
    } catch (error) {
      socket.close();
      throw error;
    }
    return new MessageSender(socket, options);
  }

  /** The address in use, with the port the system chose when the endpoint ended in `:*` or `:0`. */
  get address(): string {
    return this.socket.lastEndpoint ?? this.options.endpoint;
  }

  /** Lets a waiting `send` end with `SendStopped` within half a second. */
  stop(): void {
    this.stopped = true;
  }

  /**
   * Resolves when ZeroMQ has taken the message (of one part, or a list of parts) over; waits as long as it takes.
   * @param patienceMs give up after this time even when not stopped (for a last message on the way out)
   * @throws SendStopped
   */
  async send(message: Uint8Array | Uint8Array[], patienceMs = Number.POSITIVE_INFINITY): Promise<void> {
    let attempts = 0;
    while (true) {
      try {
        await this.socket.send(message);
        if (attempts >= 4) this.options.onWaiting(false);
        return;
      } catch (error) {
        if (!isAgain(error)) throw error;
        attempts++;
        if (attempts === 4) this.options.onWaiting(true);
        const finite = Number.isFinite(patienceMs);
        if (finite ? attempts * ATTEMPT_MS >= patienceMs : this.stopped) throw new SendStopped();
      }
    }
  }

  close(): void {
    this.socket.close();
  }
}
