import { readdirSync, readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import { count } from './words.ts';

const VIEWS = new URL('./views/', import.meta.url);

/** The pages that there are, by the name of their file in `views/`. */
export type PageName =
  | 'index'
  | 'placement'
  | 'braze'
  | 'movable-ink'
  | 'results'
  | 'prefetches'
  | 'prefetch'
  | 'status'
  | 'error';

export type RenderView = (name: PageName, view: object) => string;

let environment: typeof Handlebars | null = null;

/** Renders a page; its files are read when the first is asked for, since most services' Studio is seldom open. */
export const renderView: RenderView = (name, view) => {
  environment ??= createEnvironment();
  return environment.partials[name](view);
};

function createEnvironment(): typeof Handlebars {
  // Its own, so that nothing here can meet the templates of messages.
  const handlebars = Handlebars.create();
  handlebars.registerHelper({
    eq: (a: unknown, b: unknown) => a === b,
    count: (number: number, one: string) => count(number, one),
  });
  for (const file of readdirSync(VIEWS)) {
    const text = readFileSync(new URL(file, VIEWS), 'utf8');
    handlebars.registerPartial(file.replace(/\.hbs$/, ''), handlebars.compile(text));
  }
  return handlebars;
}
