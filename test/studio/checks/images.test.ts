import { describe, expect, it } from 'vitest';
import { linesOf, say } from './messages.ts';

const SRC = 'src="https://img.test-company.com/a.png"';
const HREF = 'href="https://www.test-company.com/a"';

describe('the text of an image', () => {
  it.each([
    [`<img ${SRC} alt="A">`],
    [`<img ${SRC} alt="">`],
    [`<img ${SRC} role="presentation">`],
    [`<img ${SRC} aria-hidden="true">`],
    [`<a ${HREF}><img ${SRC} alt="A"></a>`],
    [`<a ${HREF}><img ${SRC} alt="">Title</a>`],
    [`<a ${HREF} aria-label="A"><img ${SRC} alt=""></a>`],
    [`<a ${HREF}><img ${SRC} alt="" title="A"></a>`],
    [`<a ${HREF}><img ${SRC} alt=""><img ${SRC} alt="B"></a>`],
    [`<!--[if mso]><img ${SRC}><![endif]-->`],
  ])('is there in %s', async (body) => {
    expect(await say('image_text', body)).toEqual([]);
  });

  it('may not be forgotten', async () => {
    expect(await say('image_text', `<img ${SRC}><img ${SRC} alt>`)).toEqual([
      'warning: 1 image has no text for people who do not see it',
    ]);
  });

  it.each([
    [`<a ${HREF}><img ${SRC} alt=""></a>`],
    [`<a ${HREF}><img ${SRC} alt=" "></a>`],
    [`<a ${HREF}><img ${SRC}></a>`],
    [`<a ${HREF}>&nbsp;<span>&#8203;</span><img ${SRC}></a>`],
  ])('is needed where the image is all of a link, %s', async (body) => {
    expect(await say('image_text', body)).toEqual([
      'problem: 1 linked image does not say where the link leads',
    ]);
  });
});

describe('the address of an image', () => {
  it.each([
    ['<img alt="">', 'problem: 1 image has no address'],
    ['<img src=" " alt="">', 'problem: 1 image has no address'],
    ['<img src="/a.png" alt="">', 'problem: 1 image has an address that works on a website only'],
    [
      '<img src="//img.test-company.com/a.png" alt="">',
      'problem: 1 image has an address that works on a website only',
    ],
    ['<img src="http://img.test-company.com/a.png" alt="">', 'problem: 1 image is not fetched with https'],
    [
      '<img src="data:image/png;base64,AA==" alt="">',
      'problem: 1 image stands in the message itself, which Gmail does not show',
    ],
    [
      `<img ${SRC} srcset="https://img.test-company.com/a.png 1x, a@2.png 2x" alt="">`,
      'problem: 1 image has an address that works on a website only',
    ],
    [
      '<p style="background: url(\'http://img.test-company.com/a.png\')">x</p>',
      'problem: 1 image is not fetched with https',
    ],
    [
      '<table background="http://img.test-company.com/a.png"></table>',
      'problem: 1 image is not fetched with https',
    ],
    [
      '<style>@media screen { p { background: url("a.png") } }</style>',
      'problem: 1 image has an address that works on a website only',
    ],
  ])('in %s', async (body, title) => {
    expect(await say('image_address', body)).toEqual([title]);
  });

  it.each([
    [`<img ${SRC} alt="">`],
    ['<img src="HTTPS://img.test-company.com/a.png" alt="">'],
    ['<img src="cid:logo" alt="">'],
    ['<img src="{{content_blocks.${logo}}}" alt="">'],
    [`<p style="background: url(https://img.test-company.com/a.png)">x</p>`],
  ])('is right in %s', async (body) => {
    expect(await say('image_address', body)).toEqual([]);
  });

  it('that Inlay answers is as PUBLIC_URL is', async () => {
    const publicUrl = new URL('http://127.0.0.1:3000');
    const own = '<img src="http://127.0.0.1:3000/img/home-hero/1?key=a" alt="">';
    expect(await say('image_address', own, { publicUrl })).toEqual([]);
    expect(await say('unreachable', own, { publicUrl })).toEqual([]);
    expect(await say('own_links', own, { publicUrl })).toEqual([
      'note: Links through Inlay work on this machine only',
    ]);
  });
});

it('an image without a width is found in an e-mail, and need not have one in an app', async () => {
  const body = `<img ${SRC} width="20" alt="">\n<img ${SRC} style="width: 20px" alt="">`;
  expect(await say('image_width', body)).toEqual(['warning: 1 image has no width']);
  expect(await linesOf('image_width', body)).toEqual([2]);
  expect(await say('image_width', body, { medium: 'message' })).toEqual([]);
});

describe('wider than mails are', () => {
  it.each([
    '<table width="601"></table>',
    `<img ${SRC} width="1200" alt="">`,
    '<td width="700px">',
    '<div style="width: 640px">x</div>',
    '<div style="min-width: 640.5px !important">x</div>',
    '<div style="width: 700px; max-width: 640px">x</div>',
    '<div style="WIDTH:700PX">x</div>',
  ])('is %s', async (body) => {
    expect(await say('too_wide', body)).toEqual(['warning: 1 part is wider than 600 pixels']);
  });

  it.each([
    '<table width="600"></table>',
    '<table width="100%" style="max-width: 640px"></table>',
    '<div style="width: 1200px; max-width: 100%">x</div>',
    '<div style="border-width: 700px">x</div>',
    '<div style="width: 700%">x</div>',
    '<style>@media (min-width: 700px) { p { color: red } }</style>',
    '<!--[if mso]><table width="640"><![endif]-->',
  ])('is not %s', async (body) => {
    expect(await say('too_wide', body)).toEqual([]);
  });
});
