/// <reference types="handlebars" />

/** A template that cannot be used, with the line at fault (1-based). */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly line: number | null;

  constructor(message: string, line: number | null) {
    super(message);
    this.line = line;
  }
}

/** Where a part of a template stands (1-based). */
export function lineOf(node: hbs.AST.Node): number {
  return node.loc.start.line;
}
