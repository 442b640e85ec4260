/** What a marketer pasted, and for whom it is shown. */
export type BenchMessage = {
  /** As pasted: Liquid, with Braze's own syntax in it. */
  readonly template: string;
  /** Braze's attributes as they are written in `${…}`: `user_id`, `first_name`, `custom_attribute.plan`, `campaign.name`. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Names of the credentials that are stored in Braze; null if any name will do. */
  readonly credentials: readonly string[] | null;
};

/** What Braze would send. */
export type BenchCall = {
  readonly method: 'GET' | 'POST';
  /** As Braze puts it together: nothing in it is encoded by Braze. */
  readonly url: string;
  /** Without `Authorization`, which Braze adds from the stored credentials; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** The name behind `:basic_auth` or `:auth_credentials`; null: the call comes without any, and must be answered like that. */
  readonly credentials: string | null;
};

export type BenchReply = {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly ms: number;
  /** Something to tell about the answer; null if there is nothing. */
  readonly note: string | null;
};

/** Makes a call. Null: the URL is not one of ours, so nothing was called. */
export type MakeBenchCall = (call: BenchCall) => Promise<BenchReply | null>;

export type BenchProblem = {
  /** In the pasted message, from 1; null where no one line is to blame. */
  readonly line: number | null;
  readonly severity: 'problem' | 'warning';
  /** What it is, and what to do. */
  readonly message: string;
};

/** A Connected Content tag that was evaluated and led to a call, in the order of the message. */
export type BenchCallMade = {
  readonly line: number;
  readonly url: string;
  /** Null if nothing came within Braze's two seconds. */
  readonly status: number | null;
  /** Of the last attempt. */
  readonly ms: number;
  /** 0: repeated from Braze's cache, without a call. */
  readonly attempts: number;
  /** The variable that holds the answer; null if it was inserted, or nothing was. */
  readonly saved: string | null;
};

export type BenchResult = {
  /**
   * `aborted`: the message stops itself, or Braze does; `not_sent_after_retries`: `:retry` never got an answer;
   * `broken`: Braze could not evaluate it, or it goes beyond what is evaluated here.
   */
  readonly outcome: 'sent' | 'aborted' | 'not_sent_after_retries' | 'broken';
  /** As far as it was evaluated. */
  readonly output: string;
  /** Null unless aborted. */
  readonly abortReason: string | null;
  /** By line, those of no line last. */
  readonly problems: readonly BenchProblem[];
  readonly calls: readonly BenchCallMade[];
  /** All of it, the waits for calls too. */
  readonly ms: number;
};
