import type { DatabaseSync } from 'node:sqlite';
import { Ledger } from '../domain/ledger.ts';
import type { Reservation } from './sqlite-protocol.ts';

/** The ledger lets one count up to this much longer than asked for, and its journal has to keep it as long. */
const LEDGER_STEP_MS = 50;

/**
 * The budget's ledger, and the record of it that outlives the process. Each method changes the ledger at once and
 * returns what writes that down, so that a transaction can be tried again without counting twice. A record that could
 * not be written leaves the reservation counted: too much is held back then, never too little.
 */
export type Journal = {
  readonly reserve: (id: string, limit: number, holdMs: number, nowMs: number) => () => boolean;
  readonly hold: (id: string, holdMs: number, nowMs: number) => () => undefined;
  readonly adopt: (reservations: readonly Reservation[], nowMs: number) => () => undefined;
  readonly count: (nowMs: number) => () => number;
  readonly sweep: (nowMs: number) => () => void;
};

/** Reads what an earlier process recorded and counts it on. */
export function openJournal(db: DatabaseSync, bootId: string | null, nowMs: number): Journal {
  const ledger = new Ledger();
  restore(db, ledger, bootId, nowMs);
  const insert = db.prepare('INSERT OR REPLACE INTO reservations (id, expires_ms, hold_ms) VALUES (?, ?, ?)');
  const keepLonger = db.prepare(
    `INSERT INTO reservations (id, expires_ms, hold_ms) VALUES (?, ?, ?) ON CONFLICT DO UPDATE
     SET expires_ms = excluded.expires_ms, hold_ms = excluded.hold_ms WHERE excluded.expires_ms > expires_ms`,
  );
  const update = db.prepare(
    'UPDATE reservations SET expires_ms = ?, hold_ms = ? WHERE id = ? AND expires_ms > ?',
  );
  const removeExpired = db.prepare('DELETE FROM reservations WHERE expires_ms <= ?');

  return {
    reserve: (id, limit, holdMs, nowMs) => {
      const isCounted = ledger.reserve(id, limit, holdMs, nowMs);
      return () => {
        if (isCounted) insert.run(id, nowMs + holdMs, holdMs);
        return isCounted;
      };
    },
    hold: (id, holdMs, nowMs) => {
      ledger.hold(id, holdMs, nowMs);
      return () => void update.run(nowMs + holdMs, holdMs, id, nowMs - LEDGER_STEP_MS);
    },
    adopt: (reservations, nowMs) => {
      for (const { id, holdMs } of reservations) ledger.adopt(id, holdMs, nowMs);
      return () => {
        for (const { id, holdMs } of reservations) keepLonger.run(id, nowMs + holdMs, holdMs);
        return undefined;
      };
    },
    count: (nowMs) => {
      const counted = ledger.inUse(nowMs);
      return () => counted;
    },
    sweep: (nowMs) => {
      // Asked regularly, the ledger need not catch up on a quiet night at once.
      ledger.inUse(nowMs);
      return () => void removeExpired.run(nowMs - LEDGER_STEP_MS);
    },
  };
}

/**
 * Within one start of the machine its clock says how much of each hold is left. After another start nothing proves
 * that any time has passed (the wall clock may have been set), so all that was recorded counts in full again.
 */
function restore(db: DatabaseSync, ledger: Ledger, bootId: string | null, nowMs: number): void {
  db.exec('BEGIN IMMEDIATE');
  const known = db.prepare("SELECT value FROM facts WHERE name = 'boot_id'").get()?.value ?? null;
  if (bootId === null || known !== bootId) {
    db.prepare('UPDATE reservations SET expires_ms = ? + hold_ms').run(nowMs);
    db.prepare("INSERT OR REPLACE INTO facts (name, value) VALUES ('boot_id', ?)").run(bootId ?? '');
  }
  // A hold never grows by waiting: if it seems to, this clock is not the one that it was recorded by.
  db.prepare('UPDATE reservations SET expires_ms = ?1 + hold_ms WHERE expires_ms > ?1 + hold_ms').run(nowMs);
  for (const { id, expires_ms } of db.prepare('SELECT id, expires_ms FROM reservations').all()) {
    ledger.adopt(String(id), Number(expires_ms) - nowMs, nowMs);
  }
  db.exec('COMMIT');
}
