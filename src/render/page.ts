import Handlebars from 'handlebars';

export type PageOptions = {
  readonly title: string;
  /** BCP 47, or null for English. */
  readonly locale: string | null;
  /** CSS pixels. */
  readonly width: number;
  /** CSS pixels, or null for as high as its content. */
  readonly height: number | null;
  /** Where a click on the picture of this page leads, for a block of one item; else null. */
  readonly link: string | null;
};

export type RenderPage = (fragment: string, options: PageOptions) => string;

/** A fragment as a whole page, for a web crop that loads it and cuts out `#mi_size_container`. No script. */
export function renderPage(fragment: string, { title, locale, width, height, link }: PageOptions): string {
  const size = `width:${width}px;${height === null ? '' : `height:${height}px;`}`;
  // Hidden, as cropduster's own is: for the crop to read, not for anyone to reach by keyboard.
  const dynamicLink =
    link === null ? '' : `\n<a id="mi_dynamic_link" href="${Handlebars.escapeExpression(link)}" hidden></a>`;
  return `<!doctype html>
<html lang="${locale ?? 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${Handlebars.escapeExpression(title)}</title>
<style>html,body{margin:0;padding:0}#mi_size_container{${size}overflow:hidden}</style>
</head>
<body>${dynamicLink}
<div id="mi_size_container">
${fragment}
</div>
</body>
</html>
`;
}
