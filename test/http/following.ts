import { createSeals } from '../../src/links/seals.ts';
import { linkKeyText } from '../../src/links/tokens.ts';
import { type Amplitude, openAmplitude } from '../support/amplitude.ts';
import { BASELINE, GOOD } from '../support/products.ts';
import { formatRequest, type RawResponse, sendRaw } from '../support/raw.ts';
import { control, treatment } from '../support/replies.ts';
import { METRICS, openService, type Service, type ServiceOptions } from '../support/service.ts';
import { type TemplateChanges, writeTemplates } from '../support/templates.ts';
import { writeFiles } from '../support/versions.ts';
import type { FlatAnswer } from './answers.ts';

export const SECRET = 'link-signing-key-Jt60-yN2s-olive';
export const FALLBACK = 'https://www.example.com/nothing-better';

/** Somebody's browser. */
export const BROWSER =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15';

/** The key of a placement's positional links. */
export function keyOf(placement: string, secret = SECRET): string {
  return createSeals([secret]).sign(linkKeyText(placement));
}

/** Somebody in a campaign, with the key of `hero` unless another is given. */
export function of(user: string, campaign = 'weekly', key = keyOf('hero')): string {
  return `user_id=${user}&campaign=${campaign}&key=${key}`;
}

/** `hero` with these lines besides. */
export const heroWith = (...lines: readonly string[]): string => `title: Home page hero
recommendation: s234ssg
items: 3
content: products
baseline: [investing-101, what-is-a-cd, retirement-goals, budgeting-basics]
aliases: [old-hero]
${lines.join('\n')}
`;

/** Where an item leads in the catalogue of the tests, and its picture. */
export const urlOf = (id: string | undefined): string => `https://www.example.com/learn/${id}?ref=a&x=1`;
export const imageOf = (id: string | undefined): string => `https://images.example.com/${id}.jpg`;

/** The catalogue when one item has gone. */
export function productsWithout(gone: string): TemplateChanges {
  const rows = [...BASELINE, ...GOOD]
    .filter((sku) => sku !== gone)
    .map((sku) => `${sku},${sku},${urlOf(sku)},${imageOf(sku)},,,`);
  return {
    'content/products.csv': `sku,name,product_url,image,description,deep_link,price\n${rows.join('\n')}\n`,
  };
}

/** Takes `hero` away. */
export const WITHOUT_HERO: TemplateChanges = {
  'hero/placement.yaml': null,
  'hero/email.hbs': null,
  'hero/message.hbs': null,
  'hero/email.txt.hbs': null,
};

export type FollowOptions = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

export type Links = {
  readonly amplitude: Amplitude;
  readonly service: Service;
  /** The flat answer that a message gets. */
  readonly ask: (user: string, more?: string, placement?: string) => Promise<FlatAnswer>;
  /** Follows a link as somebody's browser, its target sent as it is. */
  readonly follow: (target: string, options?: FollowOptions) => Promise<RawResponse>;
  /** Where that leads; null if nowhere. */
  readonly lead: (target: string, options?: FollowOptions) => Promise<string | null>;
  readonly change: (files: TemplateChanges) => Promise<void>;
  /** `c hero item person` → how often, of what was counted. */
  readonly counted: () => Promise<Readonly<Record<string, number>>>;
};

/** The service with its public links: ann and everyone else is recommended `GOOD`, carl is in the control group. */
export async function openLinks(
  changes: TemplateChanges = {},
  options: Omit<ServiceOptions, 'amplitude' | 'templates'> = {},
): Promise<Links> {
  const amplitude = await openAmplitude();
  amplitude.planForAll(treatment(...GOOD));
  amplitude.plan('carl', control(...GOOD));
  const templates = writeTemplates(changes);
  const settings = { LINK_SIGNING_KEYS: SECRET, FALLBACK_URL: FALLBACK, ...options.settings };
  const service = await openService({ ...options, amplitude, templates, settings });
  const follow: Links['follow'] = (target, { headers, ...more } = {}) =>
    sendRaw(service.port, formatRequest({ target, ...more, headers: { 'User-Agent': BROWSER, ...headers } }));
  return {
    ...{ amplitude, service, follow },
    ask: async (user, more = 'campaign=weekly', placement = 'hero') =>
      (await service.get(`/v1/placements/${placement}?user_id=${user}&${more}`)).body,
    lead: async (target, options) => (await follow(target, options)).headers.location ?? null,
    change: async (files) => {
      writeFiles(templates, files);
      await service.app.lookForChanges();
    },
    counted: async () => countedIn((await service.get('/metrics', METRICS)).text),
  };
}

function countedIn(metrics: string): Record<string, number> {
  const lines = metrics.matchAll(
    /^inlay_links_total\{link="(.*?)",placement="(.*?)",outcome="(.*?)",by="(.*?)"\} (\d+)$/gm,
  );
  return Object.fromEntries(
    [...lines].map(([, ...parts]) => [parts.slice(0, 4).join(' '), Number(parts[4])]),
  );
}

/** Path and token of a link that stands in an answer. */
export function pathOf(clickUrl: FlatAnswer[string] | undefined): string {
  return new URL(String(clickUrl)).pathname;
}
