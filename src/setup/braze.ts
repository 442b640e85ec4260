import { listKeys, type SetUp, type SetUpSection } from './describe.ts';

/** How to set a placement into a Braze message. */
export function describeBraze(setUp: SetUp): SetUpSection[] {
  const { placement, shape, publicUrl } = setUp;
  const url = (suffix: string, more = ''): string =>
    `${publicUrl}/v1/placements/${placement.name}${suffix}?user_id={{\${user_id} | url_param_escape}}&campaign=NAME-OF-THIS-SEND&channel=email${more}`;
  const title = shape.fields.includes('title') ? 'title' : (shape.fields[0] ?? 'id');
  return [
    {
      title: 'Credentials',
      text: 'In Braze under Settings → Connected Content, add Basic credentials called inlay: the name and the password of Braze in CALLER_CREDENTIALS. Never delete them while messages use them; for a rotation give the same name two passwords here first.',
      code: null,
    },
    {
      title: 'The finished block, one line in an e-mail',
      text: 'NAME-OF-THIS-SEND is your own name of the send, such as weekly-2026-11-27, the same in subject, body and plain text; never a dispatch id.',
      code: `{% connected_content ${url('.html')} :basic_auth inlay %}`,
    },
    {
      title: 'Your own markup',
      text: 'The escaped texts (escape=html) can stand anywhere in HTML; leave it out for plain text.',
      code: `{% connected_content ${url('.json', '&escape=html&shape=list')} :basic_auth inlay :save reco %}
{% if reco.has_items %}
  {% for item in reco.items %}
    <a href="{{item.click_url}}">{{item.${title}}}</a>
  {% endfor %}
{% endif %}`,
    },
    {
      title: 'In a subject line',
      text: 'The same decision as in the body, because the campaign is the same.',
      code: `{% connected_content ${url('.json')} :basic_auth inlay :save reco %}{{reco.item_1_${title} | default: "News for you"}}`,
    },
    {
      title: 'Rather later than the default',
      text: 'By default a message goes out with the default where Amplitude cannot answer in time. With retry Braze comes back up to five times, and after its last attempt the message is NOT SENT. Never abort a message because variant is baseline: that removes the control group from the experiment.',
      code: `{% connected_content ${url('.json', '&on_unavailable=retry')} :basic_auth inlay :save reco :retry %}`,
    },
    {
      title: 'Braze’s own cache',
      text: 'A :cache_max_age of 900 (seconds) saves repeated calls for the same person; every call has its person and campaign in the URL, so nobody gets another’s answer.',
      code: null,
    },
    {
      title: 'Keys of the flat JSON',
      text: `For position 1; up to item_${placement.items}_… Absent values are null.`,
      code: listKeys(setUp, 'item_1_'),
    },
  ];
}
