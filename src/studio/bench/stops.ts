/** Thrown to end an evaluation: the message is not sent. */
export class AbortedError extends Error {
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

/** `:retry` came back as often as it does. */
export class NotSentError extends Error {}

/** More calls than one evaluation may make. */
export class TooManyCallsError extends Error {}
