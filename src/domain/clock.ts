/** The two kinds of time, in milliseconds. */
export type Clock = {
  /** Since some moment before the process began; never steps. For waiting and for the budget. */
  readonly monotonic: () => number;
  /** Since 1970, as people set it; may step. For ages that outlive the process. */
  readonly wall: () => number;
};
