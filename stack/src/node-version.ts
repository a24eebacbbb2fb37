/** Imported before anything else: an older Node would fail later and less clearly. */
const [major = 0] = process.versions.node.split('.').map(Number);

if (major < 24) {
  process.stderr.write(`Régie runs on Node 24 and this is ${process.version}; \`npm ci\` brings Node 24 to every npm script, so start it with \`npm start\`.\n`);
  process.exit(1);
}
