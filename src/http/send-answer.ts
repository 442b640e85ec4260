import type { Response } from 'express';
import type { Answer } from '../answer.ts';
import type { Block } from '../domain/block.ts';
import type { Template } from '../domain/message.ts';
import type { MessageContext } from '../domain/message-context.ts';
import type { RenderJson } from '../render/flat-json.ts';
import type { PageOptions, RenderPage } from '../render/page.ts';
import { type Explanation, explainComment, explainLines } from './explain.ts';
import type { Parameters } from './parameters.ts';

/** What the suffix of the path asks for. */
export type Format = 'json' | 'html' | 'txt';

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  json: 'application/json; charset=utf-8',
  html: 'text/html; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
};

/** An answer and what it is to become. */
export type Rendering = {
  readonly renderJson: RenderJson;
  readonly format: Format;
  readonly template: Template | null;
  readonly parameters: Parameters;
  readonly message: MessageContext;
  readonly result: Answer;
  readonly explanation: Explanation | null;
};

/** The body, in the form that was asked for. */
export function renderAnswer(
  { renderJson, format, template, parameters, message, result, explanation }: Rendering,
  asPage: RenderPage,
): string {
  const { block } = result;
  if (format === 'json' || !template) {
    const { shape, position, escape: escaping } = parameters;
    return renderJson(block, { shape, position, escape: escaping, explain: explanation });
  }
  const text = template(block, message);
  if (format === 'txt') return explanation ? `${text}${explainLines(explanation)}` : text;
  const html = parameters.page ? asPage(text, pageOptions(block, parameters, message)) : text;
  return explanation ? `${html}${explainComment(explanation)}` : html;
}

function pageOptions(
  { placement, items }: Block,
  { width, height }: Parameters,
  { locale }: MessageContext,
): PageOptions {
  const link = items.length === 1 ? (items[0]?.clickUrl ?? null) : null;
  return { title: placement.title, locale, width: width ?? 600, height, link };
}

export type Sending = {
  readonly body: string;
  readonly format: Format;
  readonly requestId: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** Sends it with the headers of every answer. */
export function sendAnswer(response: Response, { body, format, requestId, headers }: Sending): void {
  response.writeHead(200, {
    'Content-Type': CONTENT_TYPES[format],
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'private, no-store',
    Vary: 'Origin',
    'X-Request-Id': requestId,
    ...headers,
  });
  response.end(body);
}
