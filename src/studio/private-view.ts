import type { Reason } from '../domain/decision.ts';
import type { Person, PersonFault } from '../domain/person.ts';
import type { Edits } from './placement.ts';

/** A real person, as somebody asked for them: the id as it was typed, and whom it names or why it names nobody. */
export type AskedPerson = {
  readonly kind: Person['kind'];
  readonly id: string;
  readonly person: Person | PersonFault;
};

/** What of a view does not stand in its address. */
export type PrivateView = {
  readonly people: readonly AskedPerson[];
  readonly edits: Edits;
  /** What became of looking one of them up just now; null if nobody was. */
  readonly lookedUp: { readonly index: number; readonly failure: Reason | null } | null;
};
