/** The store did not answer in time, or is being left alone. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** The store has more to write than may wait, and took no more. It works; asked for less, it takes it. */
export class StoreBehindError extends Error {
  override readonly name = 'StoreBehindError';

  constructor() {
    super('the store is too far behind');
  }
}
