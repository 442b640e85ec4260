// Runs before everything else and must therefore run on any Node: old syntax, no imports.
var major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    'Inlay needs Node 24 or newer; this is Node ' +
      process.versions.node +
      ' (' +
      process.execPath +
      ').\n' +
      'Run it through npm ("npm run demo"): "npm ci" puts a current Node into node_modules/.bin.\n' +
      'If that one is missing, install scripts were off: "npm rebuild node", or install Node 24 yourself.\n',
  );
  process.exit(1);
}
