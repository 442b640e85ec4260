import { fork } from 'node:child_process';
import { once } from 'node:events';

export type Running = {
  readonly base: string;
  /** Processor time so far, in microseconds. */
  readonly cpu: () => Promise<number>;
  readonly stop: () => void;
};

/** One of the servers in a process of its own. */
export async function startServer(
  kind: 'inlay' | 'bare',
  env: Record<string, string> = {},
): Promise<Running> {
  const child = fork(new URL('./servers.ts', import.meta.url), [kind], {
    env: { ...process.env, ...env },
    // Its log goes where a log goes, but not onto this terminal.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [port] = (await once(child, 'message')) as [number];
  const cpu = async (): Promise<number> => {
    child.send('cpu');
    const [micros] = (await once(child, 'message')) as [number];
    return micros;
  };
  return { base: `http://127.0.0.1:${port}`, cpu, stop: () => child.kill() };
}
