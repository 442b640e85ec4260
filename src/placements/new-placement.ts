import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseDocument } from 'yaml';
import { NAME } from './placement-file.ts';

// `npm run new-placement -- spring-sale`: an entry point of its own, like main.ts.

const USAGE = `Usage: npm run new-placement -- NAME [--title TEXT] [--recommendation REC_ID] [--like PLACEMENT] [--in FOLDER]

  NAME              lower-case letters, digits and hyphens; it stands in the URL
  --title           for people; NAME if not given
  --recommendation  Amplitude's rec_id; REPLACE-ME if not given
  --like            the placement to copy, home-hero if not given
  --in              a folder below templates/, such as a brand

TEMPLATES_DIR says where the templates are, if not in templates/.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    title: { type: 'string' },
    recommendation: { type: 'string', default: 'REPLACE-ME' },
    like: { type: 'string', default: 'home-hero' },
    in: { type: 'string', default: '.' },
    help: { type: 'boolean', short: 'h' },
  },
});
const root = process.env.TEMPLATES_DIR ?? 'templates';
const [name, ...rest] = positionals;

if (values.help) {
  process.stdout.write(USAGE);
} else {
  const made = name === undefined || rest.length > 0 || !NAME.test(name) ? { fault: USAGE } : create(name);
  if ('fault' in made) {
    process.stderr.write(made.fault);
    process.exitCode = 1;
  } else {
    process.stdout.write(made.report);
  }
}

function create(name: string): { report: string } | { fault: string } {
  const model = findPlacement(values.like);
  if (model === null) return { fault: `There is no placement "${values.like}" in ${root}.\n` };
  if (findPlacement(name) !== null) return { fault: `There is a placement "${name}" already.\n` };
  const folder = join(root, values.in, name);
  if (existsSync(folder)) return { fault: `${folder} exists already.\n` };

  cpSync(model, folder, { recursive: true });
  const file = join(folder, 'placement.yaml');
  const yaml = parseDocument(readFileSync(file, 'utf8'));
  yaml.set('title', values.title ?? name);
  yaml.set('recommendation', values.recommendation);
  yaml.delete('aliases');
  writeFileSync(file, yaml.toString());
  return {
    report: `Made ${folder} like ${model}. Next:

  1. ${file}: recommendation, items, content and baseline
  2. the .hbs files: what it looks like
  3. restart, and look at it: /v1/placements/${name}.html?user_id=inlay-sample-treatment&page=1
`,
  };
}

function findPlacement(name: string): string | null {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const file = files.find(
    (path) => basename(path) === 'placement.yaml' && basename(join(path, '..')) === name,
  );
  return file === undefined ? null : join(root, file, '..');
}
