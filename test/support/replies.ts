import type { Call, Plan, Reply } from './amplitude.ts';

// What Amplitude answers, as its recommendation guide and its API page show it (`facts/amplitude.md`).

export const treatment = (...items: readonly string[]): Plan => recommending({ is_control: false, items });

/** The items of a control person are a random selection, so they are there and must not be shown. */
export const control = (...items: readonly string[]): Plan => recommending({ is_control: true, items });

/** One entry for each recommendation asked for, with these keys. */
export function recommending(entry: object): Plan {
  return (call) =>
    profile(
      call,
      (call.parameters.get('rec_id') ?? '').split(',').map((rec_id) => ({
        rec_id,
        ...entry,
        recommendation_source: 'recommendations_model_v2',
        last_updated: 1_614_192_260,
      })),
    );
}

/** The same, after a while. */
export const slowly =
  (plan: Plan, afterMs: number) =>
  (call: Call): Reply => ({ ...(typeof plan === 'function' ? plan(call) : plan), afterMs });

/** A known person with whatever stands in `recommendations`. */
export const knownWith =
  (recommendations: unknown): Plan =>
  (call) =>
    profile(call, recommendations);

function profile({ parameters }: Call, recommendations: unknown): Reply {
  return {
    body: {
      userData: {
        recommendations,
        user_id: parameters.get('user_id'),
        device_id: parameters.get('device_id') ?? 'bef34a71-62cd-5b2e-af2f-58cd2eabb4d9',
        amp_props: null,
      },
    },
  };
}

export const nobody = (status = 200): Reply => ({
  status,
  body: { error: 'User id and device id not seen before' },
});

export const overLimit = (status = 429): Reply => ({
  status,
  body: {
    error:
      'Number of requests per minute exceeds system limit. Please contact support if you need a higher limit.',
  },
});

export const wrongKey: Reply = { status: 401, body: 'Invalid Api-Key' };
export const broken: Reply = { status: 500, body: { error: 'Internal server error' } };
