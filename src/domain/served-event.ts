/** What Inlay tells Amplitude of an answer, and what results ask for by campaign and channel. */
export const SERVED_EVENT = '[Inlay] Served';

/** Its properties, as far as they are asked for. */
export const SERVED_PROPERTIES = {
  placement: 'placement',
  variant: 'variant',
  reason: 'reason',
  campaign: 'campaign',
  channel: 'channel',
} as const;
