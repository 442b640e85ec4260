/** The baseline of `hero`: three that are shown, and one that stands in. */
export const BASELINE = ['investing-101', 'what-is-a-cd', 'retirement-goals', 'budgeting-basics'] as const;

/** Good products that no baseline shows. */
export const GOOD = [
  'mortgage-rates-primer',
  'setting-up-direct-deposit',
  'index-funds',
  'credit-score',
] as const;

/** Products that must not be shown, since title or link are missing or unsafe; the last is not in the catalogue. */
export const UNUSABLE = [
  'javascript-url',
  'data-url',
  'relative-url',
  'no-title',
  'markup-only',
  'gone',
] as const;

/** Products whose texts try to become markup, Liquid, JSON or an attribute. All of them have a title and a link. */
export const HOSTILE = ['hostile-html', 'hostile-liquid', 'hostile-quotes', 'hostile-entities'] as const;

type Product = {
  readonly sku: string;
  readonly name: string;
  readonly description?: string;
  readonly product_url?: string;
  readonly deep_link?: string;
  readonly image?: string;
  readonly price?: string;
};

const PRODUCTS: readonly Product[] = [
  ...[...BASELINE, ...GOOD].map((sku, index) => ({
    sku,
    name: `All about ${sku} & more`,
    description: `What ${sku} means in practice`,
    deep_link: `myapp://learn/${sku}`,
    price: `${index * 10}.5`,
  })),
  { sku: 'no-image', name: 'Without a picture', image: '' },
  {
    sku: 'hostile-html',
    name: '<script>alert(1)</script>Sale <b onmouseover="alert(2)">now</b><img src=x onerror=alert(3)>',
    description: '<iframe src="https://evil.example"></iframe><style>*{display:none}</style>Fine print',
    deep_link: 'javascript:alert(4)',
    image: 'javascript:alert(5)',
  },
  {
    sku: 'hostile-liquid',
    name: 'Liquid {{ 7001 | times: 7 }} {% assign pwned = true %}{{{{ 7001 | times: 7 }}}} {',
    description: "{% abort_message('gone') %}{% connected_content http://127.0.0.1:1/ %} {{${user_id}}} {{",
    product_url: 'https://www.example.com/{{ 7001 | times: 7 }}/{% raw %}?q={{x}}',
    image: 'https://images.example.com/%7B%7B 7001 | times: 7 %7D%7D.jpg?a={{ 7001 | times: 7 }}&b=\'"',
  },
  {
    sku: 'hostile-quotes',
    name: `" onload="alert(1)" x='y' \`z\` </a></td>\\ ","reason":"control","x":"`,
    description: `It's "5 > 4" & 3 < 4`,
    product_url: `https://www.example.com/a?b="onclick="alert(1)&c='d`,
  },
  {
    sku: 'hostile-entities',
    name: '&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt;img src=x onerror=alert(2)&amp;gt; tea &amp; cake',
    description: '&#123;&#123; 7001 | times: 7 &#125;&#125; &amp;#x7b;&amp;#x25; raw %}',
  },
  { sku: 'javascript-url', name: 'Script link', product_url: 'javascript:alert(1)' },
  { sku: 'data-url', name: 'Data link', product_url: 'data:text/html,<script>alert(1)</script>' },
  { sku: 'relative-url', name: 'Relative link', product_url: '/learn/relative' },
  { sku: 'no-title', name: '' },
  { sku: 'markup-only', name: '<p>&nbsp;</p>' },
];

const COLUMNS = ['sku', 'name', 'description', 'product_url', 'deep_link', 'image', 'price'] as const;

export const PRODUCTS_CSV = [
  COLUMNS.join(),
  ...PRODUCTS.map((product) => {
    const { sku } = product;
    const row: Product = {
      product_url: `https://www.example.com/learn/${sku}?ref=a&x=1`,
      image: `https://images.example.com/${sku}.jpg`,
      ...product,
    };
    return COLUMNS.map((column) => `"${(row[column] ?? '').replaceAll('"', '""')}"`).join();
  }),
].join('\n');
