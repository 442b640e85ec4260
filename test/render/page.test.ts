import { HtmlValidate } from 'html-validate';
import { describe, expect, it } from 'vitest';
import { type PageOptions, renderPage } from '../../src/render/page.ts';

const FRAGMENT = '<table role="presentation"><tr><td>Investing 101</td></tr></table>';

/** A page with this about it that is not usual. */
function pageWith(change: Partial<PageOptions> = {}): string {
  return renderPage(FRAGMENT, {
    title: 'Hero',
    locale: null,
    width: 600,
    height: 300,
    link: null,
    ...change,
  });
}

describe('a whole page for a web crop', () => {
  it('holds the fragment in the element that is cut out', () => {
    const page = pageWith();
    expect(page).toMatch(/^<!doctype html>/i);
    expect(page.match(/id="mi_size_container"/g)).toHaveLength(1);
    expect(page.slice(page.indexOf('id="mi_size_container"'))).toContain(FRAGMENT);
  });

  it('has the width and the height that were asked for', () => {
    const page = pageWith({ width: 320, height: 240 });
    expect(page).toMatch(/mi_size_container[^}]*width:\s*320px/);
    expect(page).toMatch(/mi_size_container[^}]*height:\s*240px/);
  });

  it('is as high as its content where no height was asked for', () => {
    const page = pageWith({ height: null });
    expect(page).toMatch(/width:\s*600px/);
    expect(page).not.toMatch(/null|height:\s*\d/);
  });

  it('runs no script and loads nothing', () => {
    const page = pageWith();
    expect(page).not.toMatch(/<script|<link|src=|@import|\bon\w+=/i);
  });

  it('names the link of its one item for the crop, escaped', () => {
    expect(pageWith({ link: 'https://x.example/?a=1&b="' })).toContain(
      '<a id="mi_dynamic_link" href="https://x.example/?a&#x3D;1&amp;b&#x3D;&quot;" hidden></a>',
    );
    expect(pageWith({ link: null })).not.toContain('mi_dynamic_link');
  });

  it('says in which language it is', () => {
    expect(pageWith({ locale: 'de-AT' })).toContain('<html lang="de-AT">');
    expect(pageWith({ locale: null })).toContain('<html lang="en">');
  });

  it('escapes the title', () => {
    const page = pageWith({ title: '</title><script>x</script>' });
    expect(page).not.toContain('<script>');
  });

  it.each<readonly [string, Partial<PageOptions>]>([
    ['of several items', {}],
    ['of one item, with its link', { link: 'https://x.example/?a=1&b=2' }],
    ['of any height', { height: null }],
    ['in another language', { locale: 'zh-Hant-TW' }],
  ])('%s is valid HTML', async (_name, change) => {
    const validator = new HtmlValidate({ extends: ['html-validate:standard'] });
    const report = await validator.validateString(pageWith(change));
    expect(report.results.flatMap(({ messages }) => messages)).toEqual([]);
  });
});
