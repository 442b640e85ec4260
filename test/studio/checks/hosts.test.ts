import { expect, it } from 'vitest';
import { hostKindOf, isLoopback } from '../../../src/studio/checks/hosts.ts';

it.each([
  ['https://localhost/a', 'local'],
  ['http://localhost:3000', 'local'],
  ['https://shop.localhost', 'local'],
  ['https://127.0.0.1/a', 'local'],
  ['https://0x7f.1/a', 'local'],
  ['https://[::1]/', 'local'],
  ['https://[::ffff:10.0.0.1]/', 'local'],
  ['https://[fd12::1]/', 'local'],
  ['https://10.1.2.3', 'local'],
  ['https://172.16.0.1', 'local'],
  ['https://172.32.0.1', 'public'],
  ['https://192.168.178.1', 'local'],
  ['https://169.254.169.254', 'local'],
  ['https://8.8.8.8', 'public'],
  ['https://intranet/page', 'local'],
  ['https://cms.internal', 'local'],
  ['https://printer.local', 'local'],
  ['https://example.com', 'example'],
  ['https://www.example.com/a', 'example'],
  ['https://images.example.org./a', 'example'],
  ['https://shop.example', 'example'],
  ['https://a.test', 'example'],
  ['https://myexample.com', 'public'],
  ['https://www.shop.com', 'public'],
  ['https://home.shop.com', 'public'],
  ['https://user:secret@10.0.0.1/', 'local'],
  ['mailto:a@localhost', null],
  ['tel:+1', null],
  ['/relative', null],
  ['https://', null],
])('%s is %s', (url, kind) => {
  expect(hostKindOf(url)).toBe(kind);
});

it.each([
  ['http://127.0.0.1:3000', true],
  ['http://localhost', true],
  ['http://[::1]:3000', true],
  ['http://inlay.localhost:3000', true],
  ['https://10.0.0.1', false],
  ['https://127.example.com', false],
  ['https://inlay.example.com', false],
  ['https://notlocalhost', false],
])('%s is this very machine: %s', (url, expected) => {
  expect(isLoopback(new URL(url))).toBe(expected);
});
