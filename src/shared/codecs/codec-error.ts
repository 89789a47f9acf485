/** Bytes that do not follow their format. The message names what was wrong and where, for a log line or a counter. */
export class CodecError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CodecError';
  }
}
