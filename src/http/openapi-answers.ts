import { mayMend, REASONS, type Reason } from '../domain/decision.ts';
import { refer, type Schema } from './openapi-document.ts';

const WHEN: Readonly<Record<Reason, string>> = {
  recommended: 'Treatment: Amplitude recommends items, and some have content.',
  control: 'Baseline, and no fallback: Amplitude keeps the person in the control group.',
  no_recommendation: 'Amplitude knows the person and has nothing.',
  unknown_user: 'Amplitude does not know the person.',
  no_user: 'Both ids are blank or missing; no call is made.',
  unresolved_merge_tag: 'An id still reads `{{…}}`, `[…]`, `%%…%%`, `$$…$$` or `*|…|*`; no call is made.',
  invalid_user: 'An id is too long or holds control characters; no call is made.',
  throttled: 'There is no budget for another look-up now.',
  timeout: 'Amplitude is slow.',
  upstream_error: 'Amplitude fails.',
  circuit_open: 'Amplitude is known to be failing, and is not asked.',
  invalid_response: "Amplitude's answer makes no sense.",
  upstream_rejected: 'Amplitude answers 401, 403, 404 or a redirect: the key or the URL is wrong.',
  no_content: 'None of the recommended items has the required content.',
  disabled: 'The placement is switched off.',
};

const REASON: Schema = {
  type: 'string',
  description:
    'Why this was served. Every one but `recommended` and `control` stands for a fallback: a baseline that the experiment did not ask for.',
  oneOf: REASONS.map((reason) => ({
    const: reason,
    description: mayMend(reason) ? `${WHEN[reason]} May mend.` : WHEN[reason],
  })),
};

const CLICK_URL: Schema = {
  type: ['string', 'null'],
  description: 'For links: leads to the item and counts the click.',
};
const ITEM_ID: Schema = { type: ['string', 'null'], description: "Amplitude's item id." };

const VALUE: Schema = {
  type: ['string', 'number', 'boolean', 'null'],
  description: 'A field of the content, null where the item has none; never an empty text.',
};

const HEAD: Readonly<Record<string, Schema>> = {
  placement: { type: 'string', description: "The placement's name." },
  variant: {
    enum: ['treatment', 'baseline'],
    description: 'What was served. Never abort a message over it: that would remove the control group.',
  },
  reason: refer('schemas', 'Reason'),
  is_treatment: { type: 'boolean', description: 'Whether `variant` is treatment.' },
  is_fallback: { type: 'boolean', description: 'Whether this is a baseline for any reason but control.' },
  is_sample: { type: 'boolean', description: 'Whether the person is one to test with.' },
  has_items: { type: 'boolean', description: 'Whether there is anything to show.' },
  item_count: { type: 'integer', minimum: 0, maximum: 20, description: 'How many items are shown.' },
};

const PREFIXED: Readonly<Record<string, Schema>> = {
  '^profile_[a-z0-9_]+$': {
    type: ['string', 'number', 'boolean', 'null'],
    description: 'What Amplitude knows of the person, where the placement asks for it. Personal data.',
  },
  '^explain_[a-z0-9_]+$': {
    type: ['string', 'number', 'boolean', 'null'],
    description: 'With `explain=1`: cache outcome, ages, milliseconds, what was left out, hints.',
  },
};

function answerOf(
  description: string,
  properties: Readonly<Record<string, Schema>>,
  patterns: Readonly<Record<string, Schema>> = {},
): Schema {
  return {
    type: 'object',
    description,
    properties: { ...HEAD, ...properties },
    patternProperties: { ...patterns, ...PREFIXED },
    required: [...Object.keys(HEAD), ...Object.keys(properties)],
    additionalProperties: false,
  };
}

const ITEM_LINKS: Readonly<Record<string, Schema>> = {
  id: { type: 'string', description: "Amplitude's item id." },
  click_url: CLICK_URL,
};

/** What the placement routes answer, by name in the components. Which fields an item has is the placement's own. */
export const ANSWER_SCHEMAS: Readonly<Record<string, Schema>> = {
  Reason: REASON,
  FlatAnswer: answerOf(
    'The same keys in every answer of a placement: every field of every position, null where it is absent.',
    {},
    {
      '^item_([1-9]|1[0-9]|20)_id$': ITEM_ID,
      '^item_([1-9]|1[0-9]|20)_click_url$': CLICK_URL,
      '^item_([1-9]|1[0-9]|20)_[a-z0-9_]+$': VALUE,
    },
  ),
  PositionAnswer: answerOf(
    'With `position`: one item, its keys without the number.',
    {
      position: { type: 'integer', minimum: 1, maximum: 20, description: 'The position asked for.' },
      item_id: ITEM_ID,
      item_click_url: CLICK_URL,
    },
    { '^item_[a-z0-9_]+$': VALUE },
  ),
  ListAnswer: answerOf('With `shape=list`: only the items that are shown.', {
    items: { type: 'array', maxItems: 20, items: refer('schemas', 'Item'), description: 'In their order.' },
  }),
  Item: {
    type: 'object',
    description: 'An item of a list, its keys without prefix.',
    properties: ITEM_LINKS,
    patternProperties: { '^[a-z_][a-z0-9_]*$': VALUE },
    required: Object.keys(ITEM_LINKS),
    additionalProperties: false,
  },
};

/** With generic content: what a placement really has is not public. */
export const FLAT_EXAMPLE = {
  ...{ placement: 'your-placement', variant: 'treatment', reason: 'recommended' },
  ...{ is_treatment: true, is_fallback: false, is_sample: false, has_items: true, item_count: 1 },
  ...{ item_1_id: 'A-1', item_1_title: 'A title', item_1_url: 'https://www.example.com/a-1' },
  item_1_click_url: 'https://inlay.example.com/c/your-placement/…',
};
