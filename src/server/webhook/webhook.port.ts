export interface Posting {
  url: string;
  /** JSON, as it was signed. */
  body: string;
  headers: Readonly<Record<string, string>>;
}

export type PostOutcome =
  /** Whatever the status. `answer`: how its body began. */
  | { kind: 'answered'; status: number; answer: string }
  /** Nobody answered. `code`: the word of the network or of TLS for it (`ECONNREFUSED`), which names nothing that anybody typed: for logs. */
  | { kind: 'unreachable'; reason: string; code: string }
  /** The address is one that is not posted to. */
  | { kind: 'forbidden'; reason: string };

/** A way for messages to reach a receiver of somebody's. Never throws for what happens on the way; takes less than half a minute. */
export interface WebhookDriver {
  post(posting: Posting): Promise<PostOutcome>;
}
