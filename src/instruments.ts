import { type Counter, Gauge, type Registry } from '@prometheus-io/client';

/** A gauge that is read whenever metrics are scraped; NaN where it cannot be, so that the others are told all the same. */
export function addGauge(
  registers: Registry[],
  name: string,
  help: string,
  read: () => number | Promise<number>,
): void {
  new Gauge({
    name,
    help,
    registers,
    async collect() {
      this.set(await readOrNaN(read));
    },
  });
}

async function readOrNaN(read: () => number | Promise<number>): Promise<number> {
  try {
    return await read();
  } catch {
    return Number.NaN;
  }
}

/** Counts on the path of every answer, where finding a counter by its labels costs more than counting. */
export function createQuickCount<Labels>(
  find: (labels: Labels) => Counter.Internal,
  keyOf: (labels: Labels) => string,
): (labels: Labels, count?: number) => void {
  const known = new Map<string, Counter.Internal>();
  return (labels, count = 1) => {
    const key = keyOf(labels);
    const counter = known.get(key) ?? find(labels);
    known.set(key, counter);
    counter.inc(count);
  };
}
