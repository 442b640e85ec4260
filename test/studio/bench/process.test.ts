import { readdirSync, readFileSync } from 'node:fs';
import pino from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createLiquidBench, type LiquidBench } from '../../../src/studio/bench/bench.ts';
import type { BenchLimits } from '../../../src/studio/bench/limits.ts';
import type { BenchMessage, MakeBenchCall } from '../../../src/studio/bench/message.ts';
import { ANSWER, reply, tag } from './evaluated.ts';

type Options = {
  readonly call?: MakeBenchCall;
  readonly limits?: Partial<BenchLimits>;
  readonly atOnce?: number;
};

/** The real thing, until the test is over. */
function openBench({ call = async () => reply(ANSWER), limits, atOnce }: Options = {}): {
  readonly bench: LiquidBench;
  readonly log: readonly string[];
} {
  const log: string[] = [];
  const bench = createLiquidBench({
    call,
    log: pino({ base: null }, { write: (line: string) => void log.push(line) }),
    ...(limits && { limits }),
    ...(atOnce && { atOnce }),
  });
  onTestFinished(() => bench.close());
  return { bench, log };
}

const message = (template: string): BenchMessage => ({
  template,
  attributes: { user_id: 'ann' },
  credentials: null,
});

/** The processes that evaluate for this one, as Linux shows them. */
function evaluators() {
  const tasks = readdirSync('/proc/self/task');
  const pids = tasks.flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim().split(' '),
  );
  return pids.filter(Boolean).flatMap((pid) => {
    const read = (name: string): string[] =>
      readFileSync(`/proc/${pid}/${name}`, 'utf8').split('\0').filter(Boolean);
    const command = read('cmdline');
    const isEvaluator = command.some((word) => word.endsWith('evaluator.ts'));
    return isEvaluator ? [{ pid: Number(pid), command, environment: read('environ') }] : [];
  });
}

const ENDLESS = '{% for i in (1..900) %}'.repeat(4) + '{% endfor %}'.repeat(4);

describe('a bench', () => {
  it('evaluates a message and answers its calls', async () => {
    const { bench } = openBench();
    const result = await bench.run(message(`${tag()}{{reco.variant}} for {{\${user_id}}}`));
    expect(result).toEqual({
      outcome: 'sent',
      output: 'treatment for ann',
      abortReason: null,
      problems: [],
      calls: [expect.objectContaining({ line: 1, status: 200, attempts: 1, saved: 'reco' })],
      ms: expect.any(Number),
    });
  });

  it('ends what never ends, with what was found before, while this thread goes on', async () => {
    const { bench } = openBench({ limits: { evaluationMs: 1_500, workCharacters: 1e9 } });
    let turns = 0;
    const ticking = setInterval(() => {
      turns += 1;
    }, 5);
    onTestFinished(() => clearInterval(ticking));
    // Liquid looks at the clock between tags only; this is one tag.
    const stuck = `{{ nothing }}\n{% assign a = (1..90000) %}{{ a | ${'sort | '.repeat(5_000)} size }}`;
    const result = await bench.run(message(stuck));
    expect(result).toMatchObject({ outcome: 'broken', output: '' });
    expect(result.problems.map(({ line }) => line)).toEqual([1, null]);
    expect(result.problems.at(-1)?.message).toMatch(/longer than 1.5 s/);
    expect(turns).toBeGreaterThan(20);
  });

  it('survives what needs more memory than there is', async () => {
    const { bench, log } = openBench({ limits: { heapMb: 32, workCharacters: 1e9 } });
    const result = await bench.run(message('{% for i in (1..80000000) %}x{% endfor %}'));
    expect(result).toMatchObject({
      outcome: 'broken',
      problems: [
        { line: null, severity: 'problem', message: expect.stringMatching(/more than 32 MB of memory/) },
      ],
    });
    expect(log).toEqual([]);
    expect(await bench.run(message('a'))).toMatchObject({ outcome: 'sent', output: 'a' });
  });

  it('refuses a message that is too long, without a process for it', async () => {
    const { bench } = openBench({ limits: { startMs: 0 } });
    const result = await bench.run(message('x'.repeat(200_001)));
    expect(result).toMatchObject({ outcome: 'broken', problems: [{ line: null, severity: 'problem' }] });
    expect(result.problems[0]?.message).toMatch(
      /has 200,001 characters, and more than 200,000 are not looked at/,
    );
  });

  it('keeps nothing of one message for another', async () => {
    const { bench } = openBench();
    const [first, second] = await Promise.all([
      bench.run(message('{% assign a = "kept" %}{% increment n %}{% cycle "x", "y" %}{{ a }}')),
      bench.run(message('{% increment n %}{% cycle "x", "y" %}{{ a }}')),
    ]);
    expect([first.output, second.output]).toEqual(['0xkept', '0x']);
  });

  it('gives its process nothing of the environment and no right to write, and leaves none behind', async () => {
    const seen: { environment: string[]; command: string[]; pid: number }[] = [];
    const call: MakeBenchCall = async () => {
      seen.push(...evaluators());
      return reply(ANSWER);
    };
    const { bench } = openBench({ call });
    await bench.run(message(tag()));
    await bench.close();
    expect(seen).toHaveLength(1);
    expect(seen[0]?.environment.map((variable) => variable.split('=')[0]).toSorted()).toEqual([
      'NODE_CHANNEL_FD',
      'NODE_CHANNEL_SERIALIZATION_MODE',
      'TZ',
    ]);
    expect(seen[0]?.command).toEqual(expect.arrayContaining(['--permission', '--max-old-space-size=96']));
    expect(evaluators()).toEqual([]);
  });

  it('does not count the wait for a call as evaluation, and waits two seconds at most', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const asked = Promise.withResolvers<void>();
    const call: MakeBenchCall = async () => {
      asked.resolve();
      return new Promise(() => {});
    };
    const { bench } = openBench({ call, limits: { evaluationMs: 1_000 } });
    const running = bench.run(message(`${tag()}after`));
    await asked.promise;
    await vi.advanceTimersByTimeAsync(1_999);
    await vi.advanceTimersByTimeAsync(1);
    const { outcome, output, calls, problems } = await running;
    expect({ outcome, output }).toEqual({ outcome: 'sent', output: 'after' });
    expect(calls).toEqual([expect.objectContaining({ status: null, ms: 2_000, attempts: 1 })]);
    expect(problems[0]?.message).toMatch(/took 2.0 s/);
  });

  it('takes nothing of an answer over 1 MB', async () => {
    const { bench } = openBench({ call: async () => reply('x'.repeat(1_048_577)) });
    const { output, problems } = await bench.run(message(tag('.html', '', '')));
    expect(output).toBe('');
    expect(problems[0]?.message).toMatch(/larger than the 1 MB/);
  });

  it('fails as its call fails', async () => {
    const { bench } = openBench({
      call: async () => {
        throw new Error('no route');
      },
    });
    await expect(bench.run(message(tag()))).rejects.toThrow('no route');
  });

  it('evaluates so many at once, lets some wait and refuses the rest', async () => {
    let most = 0;
    let underWay = 0;
    const call: MakeBenchCall = async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      return reply(ANSWER);
    };
    const { bench } = openBench({ call, atOnce: 1 });
    const first = Array.from({ length: 3 }, () => bench.run(message(tag())));
    const waiting = Array.from({ length: 30 }, () => bench.run(message('x')));
    const tooMany = await bench.run(message('x'));
    expect(tooMany.problems[0]?.message).toMatch(/Too many messages/);
    const outcomes = (await Promise.all(first)).map(({ outcome }) => outcome);
    expect({ outcomes, most }).toEqual({ outcomes: ['sent', 'sent', 'sent'], most: 1 });
    await bench.close();
    expect((await Promise.all(waiting)).at(-1)?.problems[0]?.message).toMatch(/is being stopped/);
  });

  it('ends everything when it is closed', async () => {
    const { bench } = openBench();
    const running = bench.run(message(ENDLESS));
    await bench.close();
    expect(await running).toMatchObject({
      outcome: 'broken',
      problems: [{ message: expect.stringMatching(/stopped/) }],
    });
    expect(await bench.run(message('x'))).toMatchObject({ outcome: 'broken' });
  });

  it('says so, and logs it without the message, if its process does not start', async () => {
    const { bench, log } = openBench({ limits: { startMs: 0 } });
    const result = await bench.run(message('secret'));
    expect(result).toMatchObject({
      outcome: 'broken',
      problems: [{ message: expect.stringMatching(/log of the service/) }],
    });
    expect(log).toEqual([expect.stringMatching(/evaluates Braze messages does not work/)]);
    expect(log.join()).not.toMatch(/secret|ann/);
  });
});
