import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RequestHandler } from 'express';
import Handlebars from 'handlebars';
import { viewDocument } from './docs-view.ts';
import { connectionHeader, type Readiness } from './health.ts';
import { createOpenApi } from './openapi.ts';
import type { OpenApiDocument } from './openapi-document.ts';

const read = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');

const CSS = read('docs.css');

/** Nothing but the page and its own style: no script, no picture, no request, and in no frame. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${hash('sha256', CSS, 'base64')}'`,
  'img-src data:',
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
].join('; ');

const ENTRIES = `<dl>
{{#each this}}<div><dt><code>{{name}}</code>{{#if note}} <span class="note">{{note}}</span>{{/if}}</dt><dd>{{prose text}}</dd></div>
{{/each}}</dl>
`;

/** The document as a page that needs nothing besides. */
export function renderDocs(document: OpenApiDocument): string {
  // Its own, so that nothing here can meet the templates of messages.
  const handlebars = Handlebars.create();
  handlebars.registerPartial('entries', ENTRIES);
  handlebars.registerHelper('prose', prose);
  return handlebars.compile(read('docs.hbs'))({ ...viewDocument(document), css: CSS });
}

/** Text in which backticks stand around code. */
function prose(text: string): Handlebars.SafeString {
  const html = Handlebars.escapeExpression(text).replace(/&#x60;(.+?)&#x60;/g, '<code>$1</code>');
  return new Handlebars.SafeString(html);
}

export type DocsRoutes = {
  /** `/openapi.json` */
  readonly openApi: RequestHandler;
  /** `/docs` */
  readonly docs: RequestHandler;
};

/** Both are made once. They are for everyone, other web sites too: they hold nothing but how Inlay is called. */
export function createDocsRoutes(publicUrl: URL, readiness: Readiness): DocsRoutes {
  const document = createOpenApi(publicUrl);
  return {
    openApi: serve(
      JSON.stringify(document),
      { 'Content-Type': 'application/json; charset=utf-8' },
      readiness,
    ),
    docs: serve(
      renderDocs(document),
      {
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Security-Policy': CONTENT_SECURITY_POLICY,
        'Referrer-Policy': 'no-referrer',
      },
      readiness,
    ),
  };
}

function serve(
  text: string,
  headers: Readonly<Record<string, string>>,
  readiness: Readiness,
): RequestHandler {
  const body = Buffer.from(text);
  const all = {
    ...headers,
    'Content-Length': body.length,
    'Cache-Control': 'public, max-age=300',
    'X-Content-Type-Options': 'nosniff',
  };
  return (_request, response) => {
    response.writeHead(200, { ...all, ...connectionHeader(readiness) });
    response.end(body);
  };
}
