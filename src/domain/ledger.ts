/** Reservations expire in steps of this many milliseconds, always upwards. */
const BUCKET_MS = 50;

/**
 * Counts reservations until their hold is over, each step in constant time. Time is what the caller says it is;
 * it may stand still but never runs backwards.
 */
export class Ledger {
  readonly #expiryOf = new Map<string, number>();
  readonly #idsByExpiry = new Map<number, Set<string>>();
  #cleanedTo: number | null = null;

  inUse(nowMs: number): number {
    this.#dropExpired(nowMs);
    return this.#expiryOf.size;
  }

  /** True, and counted, if fewer than `limit` count. */
  reserve(id: string, limit: number, holdMs: number, nowMs: number): boolean {
    if (this.inUse(nowMs) >= limit) return false;
    this.#set(id, nowMs + holdMs);
    return true;
  }

  /** Changes how long one counts from now on; nothing if it counts no longer. */
  hold(id: string, holdMs: number, nowMs: number): void {
    this.#dropExpired(nowMs);
    if (this.#expiryOf.has(id)) this.#set(id, nowMs + holdMs);
  }

  /** Counts one no longer. */
  release(id: string): void {
    this.#forget(id);
  }

  /** Counts one without a limit, for the longer of two holds. */
  adopt(id: string, holdMs: number, nowMs: number): void {
    this.#dropExpired(nowMs);
    const expiry = nowMs + holdMs;
    if (expiry > (this.#expiryOf.get(id) ?? 0) * BUCKET_MS) this.#set(id, expiry);
  }

  /** What counts now, and for how much longer. */
  *remaining(nowMs: number): Generator<{ id: string; holdMs: number }> {
    this.#dropExpired(nowMs);
    for (const [id, bucket] of this.#expiryOf) yield { id, holdMs: bucket * BUCKET_MS - nowMs };
  }

  #set(id: string, expiryMs: number): void {
    this.#forget(id);
    const bucket = Math.ceil(expiryMs / BUCKET_MS);
    this.#expiryOf.set(id, bucket);
    const ids = this.#idsByExpiry.get(bucket) ?? new Set();
    ids.add(id);
    this.#idsByExpiry.set(bucket, ids);
    this.#cleanedTo = Math.min(this.#cleanedTo ?? bucket - 1, bucket - 1);
  }

  #forget(id: string): void {
    const bucket = this.#expiryOf.get(id);
    if (bucket === undefined) return;
    this.#expiryOf.delete(id);
    this.#idsByExpiry.get(bucket)?.delete(id);
  }

  #dropExpired(nowMs: number): void {
    if (this.#expiryOf.size === 0) {
      this.#idsByExpiry.clear();
      this.#cleanedTo = null;
      return;
    }
    const last = Math.floor(nowMs / BUCKET_MS);
    const first = this.#cleanedTo ?? last;
    if (last - first > this.#idsByExpiry.size) {
      // After a quiet night there are more steps behind than anything in them.
      for (const bucket of this.#idsByExpiry.keys()) if (bucket <= last) this.#drop(bucket);
    } else {
      for (let bucket = first; bucket <= last; bucket += 1) this.#drop(bucket);
    }
    this.#cleanedTo = Math.max(first, last);
  }

  #drop(bucket: number): void {
    for (const id of this.#idsByExpiry.get(bucket) ?? []) this.#expiryOf.delete(id);
    this.#idsByExpiry.delete(bucket);
  }
}
