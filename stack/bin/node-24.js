// Imported before anything else, and plain JavaScript: an older Node would stumble over the TypeScript and say something unclear.
//   node --import ./stack/bin/node-24.js stack/src/start.ts
const [major] = process.versions.node.split('.').map(Number);

if (major < 24) {
  process.stderr.write(`Régie runs on Node 24 and this is ${process.version}; \`npm ci\` brings Node 24 for every npm script.\n`);
  process.exit(1);
}
