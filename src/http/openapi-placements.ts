import { FLAT_EXAMPLE } from './openapi-answers.ts';
import {
  type Answer,
  type CodeSample,
  type Operation,
  openTo,
  type Paths,
  refer,
  referHeaders,
} from './openapi-document.ts';
import { PLACEMENT_PARAMETERS } from './openapi-parameters.ts';
import { problems } from './openapi-problems.ts';

/** A form in which the placement routes answer. */
type Form = {
  readonly suffix: '' | '.json' | '.html' | '.txt';
  /** As it ends an `operationId`. */
  readonly id: string;
  readonly name: string;
  readonly content: NonNullable<Answer['content']>;
  readonly description: string;
  readonly samples?: (publicUrl: string) => CodeSample[];
};

const JSON_CONTENT: Form['content'] = {
  'application/json': {
    schema: { oneOf: ['FlatAnswer', 'PositionAnswer', 'ListAnswer'].map((name) => refer('schemas', name)) },
    example: FLAT_EXAMPLE,
  },
};

const FORMS: readonly Form[] = [
  {
    ...{ suffix: '.json', id: 'Json', name: 'flat JSON', content: JSON_CONTENT },
    description: 'One object whose keys are the same in every answer of a placement.',
    samples: (publicUrl) => [
      brazeSample(
        publicUrl,
        '.json',
        ' :save reco',
        '\n{% if reco.has_items %}\n  <a href="{{reco.item_1_click_url}}">{{reco.item_1_title}}</a>\n{% endif %}',
      ),
      curlSample(publicUrl, '.json'),
    ],
  },
  {
    ...{ suffix: '.html', id: 'Html', name: 'HTML' },
    content: { 'text/html': { schema: { type: 'string', pattern: '^<' } } },
    description:
      'A fragment, or with `page=1` a whole page. With nothing to show, a comment. Never valid JSON.',
    samples: (publicUrl) => [brazeSample(publicUrl, '.html'), curlSample(publicUrl, '.html')],
  },
  {
    ...{ suffix: '.txt', id: 'Text', name: 'plain text' },
    content: { 'text/plain': { schema: { type: 'string' } } },
    description: 'For the text part of an e-mail, or a push message. With nothing to show, nothing.',
  },
  {
    ...{ suffix: '', id: '', name: 'flat JSON, without suffix', content: JSON_CONTENT },
    description: 'The same as with `.json`.',
  },
];

const TAG = 'Placements';

export const PLACEMENTS_TAG = {
  name: TAG,
  description:
    'One person’s items in one placement, for message tools while they send or open a message. A trailing slash or another letter case is answered, never redirected.\n\nEverything that changes the answer stands in the URL or in the body of a POST, never in a header. HEAD is refused, since it would look somebody up for nothing; other methods get `method_not_allowed`. Browsers may call from the origins in the setting `CORS_ORIGINS` alone.\n\nThe ids `inlay-sample-treatment`, `-control`, `-unknown`, `-empty`, `-outage`, `-long` and `-sparse` work everywhere and look nobody up.',
};

/** The placement routes, by both methods and in every form. */
export function placementPaths(publicUrl: string): Paths {
  return Object.fromEntries(
    FORMS.map((form) => [
      `/v1/placements/{placement}${form.suffix}`,
      { get: getOperation(form, publicUrl), post: postOperation(form) },
    ]),
  );
}

function getOperation(form: Form, publicUrl: string): Operation {
  return {
    operationId: `getPlacement${form.id}`,
    summary: `A placement as ${form.name}`,
    ...common(form),
    ...(form.samples && { 'x-codeSamples': form.samples(publicUrl) }),
  };
}

function postOperation(form: Form): Operation {
  const schema = (name: string) => ({ schema: refer('schemas', name) });
  return {
    operationId: `postPlacement${form.id}`,
    summary: `A placement as ${form.name}, its parameters in the body`,
    ...common(form),
    requestBody: {
      description: 'The same parameters, up to 64 KB of them. None may be given twice with different values.',
      content: {
        'application/x-www-form-urlencoded': schema('ParametersAsForm'),
        'application/json': schema('ParametersAsJson'),
      },
    },
  };
}

const HEADERS = ['X-Request-Id', 'Cache-Control', 'Cache-Status', 'Server-Timing'];

const COMMON_PROBLEMS = problems(
  ...(['invalid_parameters', 'invalid_request', 'invalid_body', 'unauthorized'] as const),
  ...(['wrong_role', 'cross_site', 'internal_error'] as const),
  ...(['unknown_placement', 'unknown_template', 'body_too_large', 'url_too_long'] as const),
  ...(['unsupported_media_type', 'too_many_attempts', 'recommendation_unavailable'] as const),
);

function common({ description, content }: Form) {
  return {
    tags: [TAG] as const,
    description,
    parameters: PLACEMENT_PARAMETERS,
    responses: {
      200: { description: 'Whatever the reason.', headers: referHeaders(...HEADERS), content },
      ...COMMON_PROBLEMS,
    },
    security: openTo('callers'),
  };
}

function brazeSample(publicUrl: string, suffix: string, options = '', behind = ''): CodeSample {
  const person = `user_id={{\${user_id} | url_param_escape}}&campaign=NAME-OF-THIS-SEND`;
  const url = `${publicUrl}/v1/placements/YOUR-PLACEMENT${suffix}?${person}`;
  const source = `{% connected_content ${url} :basic_auth inlay${options} %}${behind}`;
  return { lang: 'Liquid', label: 'Braze', source };
}

function curlSample(publicUrl: string, suffix: string): CodeSample {
  const url = `${publicUrl}/v1/placements/YOUR-PLACEMENT${suffix}?user_id=inlay-sample-treatment`;
  return { lang: 'Shell', label: 'curl', source: `curl -u 'name:password' '${url}'` };
}
