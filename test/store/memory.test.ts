import { createMemoryStore } from '../../src/store/memory.ts';
import { createClock } from '../support/clock.ts';
import { describeStore } from './conformance.ts';

const open = async () => {
  const clock = createClock();
  const store = createMemoryStore({ now: clock.monotonic });
  return { store, advance: clock.advance, close: store.close };
};

describeStore('memory', open, false);
