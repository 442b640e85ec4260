import { cleanText } from '../text.ts';
import type { Placement } from './placement.ts';
import type { Traits, TraitValue } from './profile.ts';

/** What a placement's answers tell of the person, by the name that stands behind `profile_`. */
export type NamedTraits = Readonly<Record<string, TraitValue>>;

/** The names under which a placement's traits are answered, in a fixed order. */
export function traitNames({ profile }: Pick<Placement, 'profile'>): string[] {
  return [
    ...profile.properties.map(nameOfProperty),
    ...profile.cohorts.map(nameOfCohort),
    ...profile.predictions.flatMap((id) => [nameOfPrediction(id), `${nameOfPrediction(id)}_percentile`]),
  ];
}

/** The traits under those names; null where Amplitude told nothing. */
export function nameTraits({ profile }: Pick<Placement, 'profile'>, traits: Traits | null): NamedTraits {
  const named: Record<string, TraitValue> = {};
  for (const property of profile.properties) {
    named[nameOfProperty(property)] = clean(own(traits?.properties, property));
  }
  for (const cohort of profile.cohorts) {
    named[nameOfCohort(cohort)] = traits ? traits.cohorts.includes(cohort) : null;
  }
  for (const id of profile.predictions) {
    const prediction = own(traits?.predictions, id);
    named[nameOfPrediction(id)] = prediction?.probability ?? null;
    named[`${nameOfPrediction(id)}_percentile`] = prediction?.percentile ?? null;
  }
  return named;
}

/** Properties are named by people, who may choose a name that every object has. */
function own<T>(values: Readonly<Record<string, T>> | undefined, name: string): T | null {
  return values && Object.hasOwn(values, name) ? (values[name] ?? null) : null;
}

/** A property is what somebody once typed, so it is cleaned like content. */
function clean(value: TraitValue): TraitValue {
  return typeof value === 'string' ? cleanText(value) : value;
}

function nameOfProperty(property: string): string {
  return toName(property.replace(/^gp:/, ''));
}

function nameOfCohort(id: string): string {
  return `cohort_${toName(id)}`;
}

function nameOfPrediction(id: string): string {
  return `prediction_${toName(id)}`;
}

function toName(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, '_');
}
