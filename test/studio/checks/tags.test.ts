import { describe, expect, it } from 'vitest';
import { linesOf, say } from './messages.ts';

describe('tags that Braze refuses', () => {
  it.each(['script', 'iframe', 'svg', 'link', 'meta', 'title', 'object', 'embed', 'xml'])(
    '<%s>',
    async (name) => {
      expect(await say('refused_tags', `<p>a</p><${name}></${name}>`)).toEqual([
        `problem: Braze refuses a message with <${name}>`,
      ]);
    },
  );

  it('are found in any letter case, and in what only Outlook reads', async () => {
    expect(await say('refused_tags', '<!--[if mso]><XML><o:x></o:x></XML><![endif]-->')).toHaveLength(1);
    expect(await say('refused_tags', '<p>a</p>', { medium: 'message' })).toEqual([]);
  });

  it('are not confused with tags that begin alike', async () => {
    expect(await say('refused_tags', '<scripture></scripture><links></links>&lt;script&gt;')).toEqual([]);
  });
});

describe('scripts', () => {
  it('in attributes are found', async () => {
    expect(await linesOf('scripts', '<p>\n<b ONCLICK="go()">x</b></p>')).toEqual([2]);
  });

  it('may be used in in-app messages, and attributes that begin alike anywhere', async () => {
    expect(await say('scripts', '<p onclick="go()">x</p>', { medium: 'message' })).toEqual([]);
    expect(await say('scripts', '<p on="a" once="b" data-onclick="c">x</p>')).toEqual([
      'problem: 1 tag waits for a script, which no mail client runs',
    ]);
  });
});

it('forms are found, once', async () => {
  const body = '<form action="https://a.test-company.com"><input name="a">\n<button>b</button></form>';
  expect(await say('forms', body)).toEqual(['warning: Forms do not work in several mail clients']);
  expect(await linesOf('forms', body)).toEqual([1, 1, 2]);
  expect(await say('client_support', body)).toEqual([]);
});

describe('a tag that is not closed', () => {
  it.each([
    ['<table><tr><td>x</td></tr>', 'problem: <table> is not closed where it should be'],
    ['<div><table><tr><td>x</div>', 'problem: <table> is not closed where it should be'],
    ['<a href="https://a.test-company.com">x', 'problem: <a> is not closed where it should be'],
    ['<div><div><b>x', 'problem: <b>, <div> are not closed where it should be'],
  ])('in %s is found', async (body, title) => {
    expect(await say('open_tags', body)).toEqual([title]);
  });

  it.each([
    '<p>a<p>b',
    '<ul><li>a<li>b</ul>',
    '<table><tr><td>a<td>b<tr><td>c</table>',
    'a<br>b<hr><img src="https://a.test-company.com/a.png" alt="">',
    '<!--[if mso]><table><tr><td><![endif]--><div>x</div><!--[if mso]></td></tr></table><![endif]-->',
    '<br/><div/></div>',
  ])('may stay open in %s', async (body) => {
    expect(await say('open_tags', body)).toEqual([]);
  });

  it('is named with its line', async () => {
    expect(await linesOf('open_tags', '<p>a</p>\n\n<table>\n<tr><td>x</td></tr>')).toEqual([3]);
  });
});
