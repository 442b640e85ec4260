import { vi } from 'vitest';
import { type Redis, startRedis } from '../support/redis.ts';

const SLOTS = 16_384;

export type Masters = {
  readonly url: string;
  readonly nodes: readonly Redis[];
  readonly remove: () => Promise<void>;
};

/** A cluster in which each of so many nodes has a part of the keys. */
export async function startMasters(count: number): Promise<Masters> {
  const nodes = await Promise.all(Array.from({ length: count }, () => startRedis({ cluster: true })));
  const remove = async () => void (await Promise.all(nodes.map((node) => node.remove())));
  try {
    // Each began as a cluster of its own, with all of them.
    await Promise.all(nodes.map((node) => node.command('CLUSTER', 'FLUSHSLOTS')));
    await Promise.all(nodes.map((node, index) => claimPart(node, index, count)));
    for (const { port } of nodes.slice(1)) await nodes[0]?.command('CLUSTER', 'MEET', '127.0.0.1', `${port}`);
    await vi.waitFor(() => Promise.all(nodes.map((node) => expectWhole(node, count))), {
      timeout: 30_000,
      interval: 50,
    });
  } catch (error) {
    await remove();
    throw error;
  }
  return { url: nodes[0]?.url ?? '', nodes, remove };
}

async function claimPart(node: Redis, index: number, count: number): Promise<void> {
  await node.command('CLUSTER', 'SET-CONFIG-EPOCH', `${index + 1}`).catch(() => {});
  const slots = Array.from({ length: SLOTS }, (_, slot) => slot).filter((slot) => slot % count === index);
  await node.command('CLUSTER', 'ADDSLOTS', ...slots.map(String));
}

async function expectWhole(node: Redis, count: number): Promise<void> {
  const info = String(await node.command('CLUSTER', 'INFO'));
  if (!info.includes('cluster_state:ok') || !info.includes(`cluster_size:${count}`)) throw new Error(info);
}
