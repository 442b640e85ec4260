import { listKeys } from './answer-keys.ts';
import {
  type BrazeSend,
  htmlTemplates,
  type SetUp,
  type SetUpSection,
  templateParameter,
} from './describe.ts';

const NOT_SAID: BrazeSend = { campaign: null, onUnavailable: 'serve' };

/** How to set a placement into a Braze message. Without a `send`, what can be said of one is told as well. */
export function describeBraze(setUp: SetUp, send: BrazeSend | null = null): SetUpSection[] {
  const filled = { ...setUp, ...(send ?? NOT_SAID) };
  return [
    CREDENTIALS,
    ...(filled.campaign === null ? [CAMPAIGN] : []),
    ...htmlTemplates(setUp).map((name) => block(filled, name)),
    ...(setUp.templates.includes('email.txt') ? [plainText(filled)] : []),
    ownMarkup(filled),
    subject(filled),
    ...(send === null ? [retry(filled)] : []),
    CACHE,
    keys(setUp),
  ];
}

type Filled = SetUp & BrazeSend;

const CREDENTIALS: SetUpSection = {
  title: 'Credentials',
  text: 'In Braze, under Settings → Connected Content, add Basic credentials named inlay: the name and password that CALLER_CREDENTIALS has for Braze. Do not delete them while messages use them, since that stops those messages. To change the password, give CALLER_CREDENTIALS the new one besides the old one first (the same name twice).',
  code: null,
};

const CAMPAIGN: SetUpSection = {
  title: 'The name of the send',
  text: 'NAME-OF-THIS-SEND below is your own name of the send, such as weekly-2026-11-27, the same in all parts of the message: with it all of them show the same. Never a dispatch id, which differs by step and person.',
  code: null,
};

/** A Connected Content tag. Braze does not encode what it puts into a URL, so ids are escaped in it. */
function tag(
  { publicUrl, placement, campaign, onUnavailable }: Filled,
  suffix: '.json' | '.html' | '.txt',
  parameters: string,
  options = '',
): string {
  const send = campaign === null ? 'NAME-OF-THIS-SEND' : encodeURIComponent(campaign.toWellFormed());
  const person = `user_id={{\${user_id} | url_param_escape}}&campaign=${send}`;
  const isRetry = onUnavailable === 'retry';
  const again = isRetry ? '&on_unavailable=retry' : '';
  const url = `${publicUrl}/v1/placements/${placement.name}${suffix}?${person}${parameters}${again}`;
  return `{% connected_content ${url} :basic_auth inlay${options}${isRetry ? ' :retry' : ''} %}`;
}

function block(setUp: Filled, name: string): SetUpSection {
  const template = templateParameter(name);
  const isUsual = template === '';
  return {
    title: isUsual ? 'The finished block in an e-mail' : `The finished block from the template "${name}"`,
    text: isUsual
      ? 'Where the block shall stand in the HTML. If there is nothing to show, nothing shows.'
      : 'For wherever that template is meant, such as an in-app message.',
    code: tag(setUp, '.html', `&channel=${name}${template}`),
  };
}

function plainText(setUp: Filled): SetUpSection {
  return {
    title: 'The plain-text part of an e-mail',
    text: 'The same items as in the HTML part.',
    code: tag(setUp, '.txt', '&channel=email'),
  };
}

function ownMarkup(setUp: Filled): SetUpSection {
  return {
    title: 'Your own markup',
    text: 'With escape=html, texts can stand in HTML and in quoted attributes as they are; leave it out for plain text. With shape=list, the items are a list, their keys without item_1_. If there is nothing to show, nothing is.',
    code: `${tag(setUp, '.json', '&channel=email&escape=html&shape=list', ' :save reco')}
{% if reco.has_items %}
  {% for item in reco.items %}
    <a href="{{item.click_url}}">{{item.${titleField(setUp)}}}</a>
  {% endfor %}
{% endif %}`,
  };
}

function subject(setUp: Filled): SetUpSection {
  const first = `reco.item_1_${titleField(setUp)}`;
  return {
    title: 'A subject line',
    text: 'The first item of the body, because the campaign is the same. The words at the end show where there is none.',
    code: `${tag(setUp, '.json', '&channel=email', ' :save reco')}{{${first} | default: "News for you"}}`,
  };
}

function retry(setUp: Filled): SetUpSection {
  return {
    title: 'Rather later than with the baseline',
    text: 'By itself a message goes out with the baseline where Amplitude cannot answer in time. With on_unavailable=retry in the URL and :retry behind it, Braze comes back up to five times instead, and after the last attempt THE MESSAGE IS NOT SENT. Never abort a message because its variant is the baseline: that would take the control group out of the experiment.',
    code: tag({ ...setUp, onUnavailable: 'retry' }, '.json', '&channel=email', ' :save reco'),
  };
}

const CACHE: SetUpSection = {
  title: "Braze's own cache",
  text: 'Recommended for a message that calls more than once, in its subject and its body for instance: 300 seconds, the shortest that Braze knows. Braze then repeats an answer instead of calling again, a baseline too that was served for want of an answer from Amplitude, so longer is rarely better. Person and campaign are in the URL, so nobody gets what is meant for somebody else. It goes into the tag, behind the credentials:',
  code: ':cache_max_age 300',
};

function keys(setUp: SetUp): SetUpSection {
  const { items } = setUp.placement;
  const further = items > 1 ? ` Further items have the same keys, up to item_${items}_….` : '';
  return {
    title: 'Keys of the JSON',
    text: `Every answer has all of them; absent values are null.${further}`,
    code: listKeys(setUp, 'item_1_'),
  };
}

/** What an item is called. */
function titleField({ shape: { fields } }: SetUp): string {
  return fields.includes('title') ? 'title' : (fields[0] ?? 'id');
}
