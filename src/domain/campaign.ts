/** Braze's ids are 24 or 32 hexadecimal digits, or a UUID. They differ by step and by person, so none names a send. */
export function looksLikeDispatchId(campaign: string): boolean {
  return /^([0-9a-f]{24}|[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.test(campaign);
}
