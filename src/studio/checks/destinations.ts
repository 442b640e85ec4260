import type { LinkParameter } from '../../domain/link-parameters.ts';
import { count } from '../words.ts';
import { schemeOf } from './addresses.ts';
import type { CheckedMessage } from './finding.ts';
import { hostKindOf } from './hosts.ts';
import { listNames } from './items.ts';
import { always, type Check, type Found, findAt, type Reading } from './reading.ts';

/** Whether people can get to where links and images are. */
export const UNREACHABLE: Check = {
  id: 'unreachable',
  passed: 'Every address can be reached from anywhere',
  fits: always,
  find: (reading) =>
    findHosts('local', reading, (number, hosts) => ({
      severity: 'problem',
      title: `${count(number, 'address is', 'addresses are')} known on one machine or in one network only`,
      advice: `Recipients cannot open ${hosts}. Use the public address, in the CMS or in the template.`,
    })),
};

/** Whether somebody forgot to put in the real addresses. */
export const EXAMPLES: Check = {
  id: 'examples',
  passed: 'No address that is only an example',
  fits: always,
  find: (reading) =>
    findHosts('example', reading, (number, hosts) => ({
      severity: 'warning',
      title: count(number, 'address is only an example', 'addresses are only examples'),
      advice: `There is nothing at ${hosts}. Replace the sample content by your own.`,
    })),
};

/** Host names in an advice. */
const NAMED_HOSTS = 3;

function findHosts(
  kind: 'local' | 'example',
  reading: Reading,
  say: (count: number, hosts: string) => Found,
): readonly Found[] {
  const leading = reading.addresses.filter(
    ({ destination }) => destination !== null && hostKindOf(destination) === kind,
  );
  const hosts = new Set(leading.map(({ destination }) => hostOf(destination ?? '') ?? ''));
  const named = listNames([...hosts].slice(0, NAMED_HOSTS));
  return findAt(reading, leading, (number) => say(number, named));
}

/** Whether clicks on items are counted. */
export const COUNTED_LINKS: Check = {
  id: 'counted_links',
  passed: 'Clicks on items are counted',
  fits: always,
  find: (reading) => {
    const uncounted = reading.addresses.filter(
      ({ use, url, item }) => use === 'link' && item !== null && item.clickUrl !== url,
    );
    return findAt(reading, uncounted, (number) => ({
      severity: 'warning',
      title: `Clicks on ${count(number, 'link are', 'links are')} not counted`,
      advice: 'The template uses an item’s url. Use {{click_url}}, which leads to the same page and counts.',
    }));
  },
};

/** Whether web analytics can tell where visitors come from. */
export const LINK_PARAMETERS: Check = {
  id: 'link_parameters',
  passed: 'Web analytics can tell the clicks of this message',
  fits: always,
  find: (reading) => {
    const { links } = reading.message.block.placement;
    return links.length === 0
      ? noneDeclared(reading.message)
      : [...unfilled(reading, links), ...bare(reading, links)];
  },
};

function noneDeclared({ block }: CheckedMessage): Found[] {
  const urls = block.items.flatMap(({ url }) => (url !== null && isPage(url) ? [url] : []));
  // The CMS may have put its own in.
  if (urls.every((url) => /[?&]utm_/.test(url))) return [];
  return [
    {
      severity: 'note',
      title: 'Web analytics cannot tell the clicks of this message from others',
      advice:
        'Add link parameters to placement.yaml, such as links: { utm_source: "{{channel}}", utm_campaign: "{{campaign}}" }.',
    },
  ];
}

/** Parameters that an item's link goes without, since what they speak of is not there. */
function unfilled({ message }: Reading, links: readonly LinkParameter[]): Found[] {
  const urls = message.block.items.flatMap(({ url }) => (url !== null && isPage(url) ? [url] : []));
  const missing = links.filter(({ name }) => urls.some((url) => !hasParameter(url, name)));
  if (missing.length === 0) return [];
  const variables = missing.flatMap(({ parts }) =>
    parts.flatMap((part) => (typeof part === 'string' ? [] : [part.variable])),
  );
  if (variables.length === 0) return [];
  const spoken = listNames([...new Set(variables)]);
  return [
    {
      severity: 'note',
      title: `Links go without ${listNames(missing.map(({ name }) => name))}`,
      advice: `They are made from ${spoken}, which this preview does not have. Give it in the call of the message.`,
    },
  ];
}

/** Links of the template to where items are, too, and without the parameters that items have. */
function bare(reading: Reading, links: readonly LinkParameter[]): readonly Found[] {
  const { addresses, message } = reading;
  const sites = new Set(message.block.items.map(({ url }) => (url === null ? null : hostOf(url))));
  const names = links.map(({ name }) => name);
  const missing = addresses.filter(
    ({ use, destination, item }) =>
      use === 'link' &&
      item === null &&
      destination !== null &&
      sites.has(hostOf(destination) ?? '') &&
      !names.some((name) => hasParameter(destination, name)),
  );
  return findAt(reading, missing, (number) => ({
    severity: 'warning',
    title: `${count(number, 'link has', 'links have')} no link parameters`,
    advice: `Inlay adds them to items only. Add ${listNames(names)} to this address in the template.`,
  }));
}

function isPage(url: string): boolean {
  return /^https?$/.test(schemeOf(url) ?? '');
}

function hostOf(url: string): string | null {
  return isPage(url) ? (URL.parse(url)?.hostname ?? null) : null;
}

function hasParameter(url: string, name: string): boolean {
  return URL.parse(url)?.searchParams.has(name) ?? false;
}
