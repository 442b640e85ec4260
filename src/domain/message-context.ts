/** What the caller told about the message, for templates, links and reports; each null if it was not given. */
export type MessageContext = {
  readonly campaign: string | null;
  readonly channel: string | null;
  readonly locale: string | null;
};
