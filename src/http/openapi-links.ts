import { type Answer, type Answers, type Operation, type Paths, referHeaders } from './openapi-document.ts';
import { referTo } from './openapi-parameters.ts';

const TAG = 'Public links';

export const LINKS_TAG = {
  name: TAG,
  description:
    'For recipients, who have no password. Whatever is wrong leads to the baseline’s destination or to the setting `FALLBACK_URL`, never to an error page: a parameter that cannot be read counts as not given.\n\nBy whatever method; HEAD and programs that say what they are do not count as clicks.',
};

const LEAVES: Answer = {
  description: 'To the destination, for this time alone.',
  headers: referHeaders('Location', 'Cache-Control'),
};

const PERSON = ['user_id', 'device_id', 'campaign', 'channel', 'locale', 'key'];

/** The routes that messages link to. */
export const LINK_PATHS: Paths = {
  '/c/{placement}/{token}': {
    get: link('followClick', ['placement', 'token', 'movable_ink'], { 302: LEAVES }, [
      'The link of an item, as answers have it',
      'The token is encrypted and says who, which item, campaign and channel.',
    ]),
  },
  '/go/{placement}/{position}': {
    get: link(
      'followPosition',
      ['placement', 'position_in_path', ...PERSON, 'movable_ink'],
      { 302: LEAVES },
      [
        'The link of a position',
        'To the item pinned there for that person and campaign; without a pin, to the baseline’s. Nobody is looked up.',
      ],
    ),
  },
  '/img/{placement}/{position}': {
    get: link('followImage', ['placement', 'position_in_path', ...PERSON], { 302: LEAVES, 200: pixel() }, [
      'The image of a position',
      'Of the same item. Nobody is looked up unless the placement allows it.',
    ]),
  },
  '/page/{placement}': {
    get: link('showPage', ['placement', ...PERSON, ...pageParameters()], { 200: page() }, [
      'The block as a page, for web crops',
      '`#mi_size_container` is the block, `#mi_dynamic_link` the link of a block of one item.',
    ]),
  },
};

function link(
  operationId: string,
  names: readonly string[],
  responses: Answers,
  [summary, description]: readonly [summary: string, description: string],
): Operation {
  const parameters = referTo(...names);
  return { operationId, tags: [TAG], summary, description, parameters, responses, security: [] };
}

function pageParameters(): string[] {
  return ['position', 'item_index', 'template', 'width', 'height'];
}

function pixel(): Answer {
  return {
    description: 'One transparent pixel, where there is no image.',
    headers: referHeaders('Cache-Control'),
    content: { 'image/gif': { schema: {} } },
  };
}

function page(): Answer {
  return {
    description: 'The page, empty where there is nothing to show.',
    headers: referHeaders('Cache-Control'),
    content: { 'text/html': { schema: { type: 'string' } } },
  };
}
