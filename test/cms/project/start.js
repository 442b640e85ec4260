// Runs in the project's folder as a process of its own: starts Strapi, fills it with what products.json holds, makes
// an API token that only reads, and tells the parent where it is. Ends when the parent does.
const { createStrapi } = require('@strapi/strapi');
const { mkdirSync, statSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const products = require('./products.json');

const PRODUCT = 'api::product.product';

async function run() {
  const startedMs = performance.now();
  // Strapi would not start without these.
  for (const folder of ['public/uploads', 'database/migrations']) {
    mkdirSync(join(__dirname, folder), { recursive: true });
  }
  const strapi = createStrapi({
    appDir: __dirname,
    distDir: __dirname,
    autoReload: false,
    serveAdminPanel: false,
  });
  await strapi.start();
  const listeningMs = performance.now();

  await fill(strapi);
  const { accessKey } = await strapi.service('admin::api-token').create({
    kind: 'content-api',
    name: 'inlay',
    description: 'reads only',
    type: 'read-only',
    lifespan: null,
  });

  process.send({
    url: `http://127.0.0.1:${strapi.server.httpServer.address().port}`,
    token: accessKey,
    versions: {
      node: process.versions.node,
      strapi: strapi.config.get('info.strapi'),
      sqlite: require('better-sqlite3/package.json').version,
    },
    startMs: listeningMs - startedMs,
    fillMs: performance.now() - listeningMs,
  });
}

async function fill(strapi) {
  for (const { cover, isDraft, ...data } of products) {
    const file = cover ? await upload(strapi, cover) : null;
    await strapi.documents(PRODUCT).create({
      data: file ? { ...data, cover: file.id } : data,
      status: isDraft ? 'draft' : 'published',
    });
  }
}

/** Through the upload plugin, so that the file lies where Strapi puts it and has the URL that Strapi gives it. */
async function upload(strapi, { name, base64 }) {
  const filepath = join(__dirname, name);
  writeFileSync(filepath, Buffer.from(base64, 'base64'));
  const [file] = await strapi
    .plugin('upload')
    .service('upload')
    .upload({
      data: { fileInfo: { name, alternativeText: 'Cover' } },
      files: { filepath, originalFilename: name, mimetype: 'image/png', size: statSync(filepath).size },
    });
  return file;
}

process.on('disconnect', () => process.exit());
run().catch((error) => {
  console.error(error);
  process.exit(1);
});
