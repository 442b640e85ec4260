export { Ledger } from '../domain/ledger.ts';
