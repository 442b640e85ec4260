import { all, anyTag, type Feature, has, isNone, isOne, says } from './client-feature.ts';

/** What caniemail calls a feature → what is made of it. */
export function featureOf(title: string): Feature {
  return FEATURES.get(title) ?? (/selector|combinator|^::?[a-z]/i.test(title) ? RULES : {});
}

const RULES: Feature = {
  detail: 'the rules of a <style>, such as those for phones and dark mode',
  partly: [[/inside the `<body>`/, anyTag]],
};

const BACKGROUND = 'Set a background colour, too, on which the text can be read.';
const SPACE = 'Put the space around it into a table cell.';

/** By caniemail's names. */
export const FEATURES: ReadonlyMap<string, Feature> = new Map([
  // Checks of their own tell of forms, and of tags that Braze refuses.
  ...each({ isIgnored: true }, [
    '<form> element | <select> element | <textarea> element | required attribute',
    '<button type="reset"> element | <button type="submit"> element',
    '<input type="checkbox"> element | <input type="hidden"> element | <input type="radio"> element',
    '<input type="reset"> element | <input type="submit"> element | <input type="text"> element',
    '<link> element | <object> element | Embedded <svg> image | color-scheme meta tag',
    'HTML comments | CSS comments | !important keyword | mailto: links | direction | <body> element',
    'outline | outline-offset',
  ]),

  ...each(RULES, ['<style> element | @media | @supports | @keyframes | CSS Nesting']),
  ...each({ detail: 'hints for screen readers', partly: [] }, [
    'aria-describedby attribute | aria-hidden attribute | aria-label attribute | aria-labelledby attribute',
    'aria-live attribute | role attribute | lang attribute | <abbr> element | <dfn> element | HTML5 semantics',
  ]),
  ...each({ detail: 'details of text', partly: [] }, [
    'text-decoration-color | text-decoration-line | text-decoration-skip-ink | text-decoration-style',
    'text-decoration-thickness | text-underline-offset | text-underline-position | text-overflow | text-wrap',
    'text-shadow | hyphens | hyphenate-character | hyphenate-limit-chars | overflow-wrap | word-break | word-wrap',
    'font-kerning | font-stretch | font-size-adjust | font-weight | letter-spacing | line-height | orphans | widows',
    'white-space | white-space-collapse | list-style-position | <wbr> element',
  ]),
  ...each({ detail: 'fonts, in place of which the next of the list is used', partly: [] }, [
    '@font-face | system-ui, ui-serif, ui-sans-serif, ui-rounded, ui-monospace',
  ]),
  ...each({ detail: 'rounded corners', partly: [[/elliptical/, has(/^border-radius/, /\//)]] }, [
    'border-radius | border-radius logical properties',
  ]),
  ...each({ detail: 'shadows and transparency', partly: [] }, [
    'box-shadow | opacity | filter | backdrop-filter',
    'mix-blend-mode | background-blend-mode',
  ]),
  ...each({ detail: 'movement', partly: [[/animated gif/, anyTag]] }, [
    'animation | transition | GIF image format',
  ]),
  ...each({ detail: 'hints for browsers', partly: [] }, [
    'cursor | user-select | target attribute | loading attribute | accent-color | color-scheme CSS property',
    'scroll-snap | resize',
  ]),
  ...each({ detail: 'sharper images', partly: [] }, ['srcset and sizes attributes | <picture> element']),
  ...each({ detail: 'fixed heights and clipping', partly: [] }, [
    'min-height property | max-height property | overflow | table-layout | border-spacing',
  ]),
  [
    'height property',
    { detail: 'fixed heights and clipping', partly: [], concerns: has(/^height$/, /^(?!auto)/) },
  ],
  ...each({ detail: 'how background images lie', partly: [] }, [
    'background-size | background-position | background-repeat | background-origin | background-clip',
  ]),

  ...each({ name: 'display: flex', advice: 'Put things side by side with a table.' }, [
    'display:flex | align-items | justify-content | flex-direction:column | flex-wrap: wrap',
    'gap, column-gap, row-gap',
  ]),
  ...each({ name: 'display: grid', advice: 'Lay it out with a table.' }, [
    'display:grid | grid-template-* properties',
  ]),
  ...each({ name: 'position', advice: 'Lay it out with a table; what overlaps is an image.' }, [
    'position | left, right, top, bottom | inset | z-index',
  ]),
  ...each({ advice: 'Show an image that links to the page where it plays.' }, [
    '<video> element | <audio> element',
  ]),
  ...each({ advice: 'Use PNG or JPG.', partly: [] }, [
    'webP image format | AVIF image format | SVG image format | HEIF image format | TIFF image format',
    'BMP image format | ICO image format | Animated PNG image format',
  ]),
  ...each({ advice: 'Give sizes in px.' }, [
    'rem unit | vw unit | vh unit | vmin unit | vmax unit | ch unit | initial unit',
  ]),
  ...each(
    {
      advice: 'Give the pixels that the image takes: width="300".',
      partly: [[/Percentage width on `<img>`/, all(isOne('img'), says('width', /%/))]],
    },
    ['width attribute | height attribute'],
  ),

  ...each({ isLayout: true, partly: [] }, ['min-width property | clear | box-sizing']),
  [
    'max-width',
    {
      isLayout: true,
      partly: [[/`<table>`/, all(isNone('table'), has(/^max-width$/, /^(?!100%)/))]],
      advice: 'Set the width at a table or a cell.',
    },
  ],
  [
    'width property',
    {
      isLayout: true,
      partly: [[/`<div>`/, all(isOne('div', 'span', 'p'), has(/^width$/, /\d/))]],
      advice: 'Set the width at a table or a cell.',
    },
  ],
  ['padding', { isLayout: true, partly: [[/table cells/, isNone('td', 'th')]], advice: SPACE }],
  [
    'margin',
    {
      isLayout: true,
      partly: [
        [/Negative/, has(/^margin/, /(?:^|\s)-\d/)],
        [/`auto`/, all(has(/^margin/, /auto/), says('align', /^$/))],
        [/`<span>`/, isOne('span')],
      ],
      advice: `${SPACE} What is to be centred has align="center".`,
    },
  ],
  [
    'display',
    {
      isLayout: true,
      partly: [
        [/Only supports `display:none`/, has(/^display$/, /inline-block|table/)],
        [/`contents`/, has(/^display$/, /flow-root|contents|inline-flex|inline-grid/)],
      ],
    },
  ],
  ['float', { isLayout: true, partly: [], advice: 'Use align="left" at an image or a table.' }],
  [
    'align attribute',
    { isLayout: true, partly: [[/`<table>`/, all(isOne('table'), says('align', /left|right/i))]] },
  ],
  [
    'background',
    {
      name: 'background-image',
      partly: [
        [/Only `background-color`/, has(/^background/, /url\(|gradient\(/)],
        [/multiple values/, has(/^background/, /\)\s{0,9},/)],
      ],
      advice: BACKGROUND,
    },
  ],
  [
    'background-image',
    { partly: [[/multiple values/, has(/^background-image/, /\)\s{0,9},/)]], advice: BACKGROUND },
  ],
  ['background attribute', { name: 'background-image', advice: BACKGROUND }],
  ['border', { partly: [[/8px/, has(/^border(?!-(?:radius|spacing|image))/, /\b(?:9|[1-9]\d{1,3})px/)]] }],
  [
    'font-size',
    {
      partly: [
        [/`rem`/, has(/^font-size/, /\drem/)],
        [/relative/, has(/^font-size/, /\d(?:%|em)|smaller|larger/)],
      ],
      advice: 'Give sizes in px.',
    },
  ],
  [
    'text-align',
    { partly: [[/`start`/, has(/^text-align/, /start|end/)]], advice: 'Use left, right or center.' },
  ],
  [
    'text-decoration',
    {
      partly: [
        [/overline/, has(/^text-decoration/, /overline/)],
        [/multiple values/, has(/^text-decoration/, /\S\s\S/)],
      ],
    },
  ],
  ['text-transform', { partly: [[/lowercase/, has(/^text-transform/, /lowercase/)]] }],
  ['text-indent', { partly: [[/egative/, has(/^text-indent/, /^-/)]] }],
  ['list-style', { partly: [[/image/, has(/^list-style/, /url\(/)]] }],
  [
    '<ul>, <ol> and <dl>',
    { partly: [[/`reversed`/, ({ attributes }) => attributes.reversed !== undefined]] },
  ],
  [
    'dir attribute',
    {
      partly: [
        [/`<table>`/, isOne('table', 'td')],
        [/anchor/, isOne('a')],
      ],
    },
  ],
  ['Local anchors', { name: 'A link within the message', advice: 'Link to a page instead.' }],
  ['Image maps', { name: 'An image map', advice: 'Cut the image into several with a link each.' }],
  ['css column properties', { name: 'columns', advice: 'Put things side by side with a table.' }],
  ['column-count', { name: 'columns', advice: 'Put things side by side with a table.' }],
  ['object-fit', { advice: 'Use images that have the right shape already.' }],
]);

/** The same for several, `a | b | c`. */
function each(feature: Feature, titles: readonly string[]): (readonly [string, Feature])[] {
  return titles.flatMap((some) => some.split(' | ')).map((title) => [title, feature] as const);
}
