import type { z } from 'zod';

/** What a text of JSON holds, if the schema takes it; null for no text, for what is no JSON, and for anything else. */
export function parseJson<T>(schema: z.ZodType<T>, text: string | null): T | null {
  if (text === null) return null;
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return null;
  }
  return schema.safeParse(data).data ?? null;
}
