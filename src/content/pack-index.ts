/**
 * Where packed items lie, by their ids: a hash table of numbers only, so that it can change threads and costs the garbage
 * collector nothing. Each slot is a hash and an address; at least half of them are free.
 */
export type Slots = Uint32Array<ArrayBuffer>;

/** No item lies at this address. */
export const NOWHERE = 0xffff_ffff;

export function createSlots(capacity = 1_024): Slots {
  return new Uint32Array(capacity * 2).fill(NOWHERE);
}

/** FNV-1a with murmur's last step, over the first `length` bytes. */
export function hashOf(bytes: Uint8Array, length: number): number {
  let hash = 0x811c_9dc5;
  for (let at = 0; at < length; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x0100_0193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The slot of the item with this hash that lies where `isIt` says so, or the free one where it belongs. */
export function slotOf(slots: Slots, hash: number, isIt: (address: number) => boolean): number {
  const mask = slots.length / 2 - 1;
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const address = addressIn(slots, slot);
    if (address === NOWHERE || (slots[slot * 2] === hash && isIt(address))) return slot;
  }
}

export function addressIn(slots: Slots, slot: number): number {
  return slots[slot * 2 + 1] ?? NOWHERE;
}

export function setSlot(slots: Slots, slot: number, hash: number, address: number): void {
  slots[slot * 2] = hash;
  slots[slot * 2 + 1] = address;
}

/** The same in a table of twice the size. */
export function grown(slots: Slots): Slots {
  const larger = createSlots(slots.length);
  for (let at = 0; at < slots.length; at += 2) {
    const [hash = 0, address = NOWHERE] = [slots[at], slots[at + 1]];
    if (address !== NOWHERE)
      setSlot(
        larger,
        slotOf(larger, hash, () => false),
        hash,
        address,
      );
  }
  return larger;
}
