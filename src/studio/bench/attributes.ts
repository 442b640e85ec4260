/** Attributes that Braze knows by themselves, from its list of supported personalization tags. */
const STANDARD = new Set(
  (
    'braze_id city country date_of_birth email_address first_name gender language last_name last_used_app_date ' +
    'most_recent_app_version most_recent_locale most_recent_location phone_number random_bucket_number ' +
    'set_user_to_opted_in_url set_user_to_subscribed_url set_user_to_unsubscribed_url time_zone unsubscribe_url user_id'
  ).split(' '),
);

/** What may stand in front of `.${…}`. */
const NAMESPACES = new Set(
  (
    'api_trigger_properties app campaign canvas canvas_entry_properties card content_blocks context custom_attribute ' +
    'event_properties most_recently_used_device promotion sms subscribed_state targeted_device whats_app'
  ).split(' '),
);

/** The variable that stands for attributes without a namespace. */
export const PROFILE = 'braze_profile';

/** An attribute that a message uses. */
export type Attribute = {
  /** Null for Braze's own. */
  readonly namespace: string | null;
  readonly name: string;
};

export type Expression = {
  /** As Liquid takes it, over the same lines. */
  readonly text: string;
  readonly attributes: readonly Attribute[];
  /** Liquid in quotes, which is text to Liquid. */
  readonly hasQuotedLiquid: boolean;
};

const PART = /"[^"]*"|'[^']*'|(?:(?<!\w)(\w+)\.)?\$\{([^}\n]*)\}|\{\{-?|-?\}\}|\\/g;

/**
 * Braze's syntax as plain Liquid: `custom_attribute.${zip code}` becomes `custom_attribute["zip code"]`, and braces
 * around a part of an expression are only for the eye. In quotes nothing is changed, and a backslash is one.
 */
export function plainExpression(text: string): Expression {
  const attributes: Attribute[] = [];
  let hasQuotedLiquid = false;
  const plain = text.replace(
    PART,
    (part: string, namespace: string | undefined, name: string | undefined) => {
      if (name !== undefined) {
        const attribute = { namespace: namespace ?? null, name: name.trim() };
        attributes.push(attribute);
        return variableOf(attribute);
      }
      if (part.startsWith('{') || part.endsWith('}')) return ' ';
      hasQuotedLiquid ||= /\$\{|\{\{/.test(part);
      return part.replaceAll('\\', '\\\\');
    },
  );
  return { text: plain, attributes, hasQuotedLiquid };
}

function variableOf({ namespace, name }: Attribute): string {
  // Never one word with what stands before it.
  return ` ${namespace ?? PROFILE}[${JSON.stringify(name)}]`;
}

/** The same words with Braze's own attributes as they were pasted. */
export function asPasted(text: string): string {
  return text.replace(/\bbraze_profile\["([^"]*)"\]/g, (_, name) => `\${${name}}`);
}

const BARE = /(?:(?<!\w)\w+\.)?\$\{[^}\n]*\}/g;

/** Within a tag, `${…}` counts as an output, with or without braces around it. */
export function withBraces(text: string): string {
  return text.replace(BARE, '{{$&}}');
}

export function isStandard({ namespace, name }: Attribute): boolean {
  return namespace === null ? STANDARD.has(name) : NAMESPACES.has(namespace);
}

export function isNamespace(name: string): boolean {
  return name === PROFILE || NAMESPACES.has(name);
}

export const STANDARD_NAMES: readonly string[] = [...STANDARD];

/** As it is written in a message. */
export function writeAttribute({ namespace, name }: Attribute): string {
  return `{{${namespace === null ? '' : `${namespace}.`}\${${name}}}}`;
}

/** The variables that a message finds, none of which has a prototype. */
export function variablesFor(attributes: Readonly<Record<string, string>>): Record<string, unknown> {
  const variables: Record<string, Record<string, string>> = Object.create(null);
  for (const name of [PROFILE, ...NAMESPACES]) variables[name] = Object.create(null);
  for (const [key, value] of Object.entries(attributes)) {
    const { namespace, name } = readKey(key);
    const group = variables[namespace ?? PROFILE];
    if (group) group[name] = value;
  }
  return variables;
}

function readKey(key: string): Attribute {
  const dot = key.indexOf('.');
  return dot < 0
    ? { namespace: null, name: key }
    : { namespace: key.slice(0, dot), name: key.slice(dot + 1) };
}

/** Whether a message finds a value for it. */
export function isGiven({ namespace, name }: Attribute, given: Readonly<Record<string, string>>): boolean {
  return Object.hasOwn(given, namespace === null ? name : `${namespace}.${name}`);
}
