import { openEmbeddedDatabase } from '#shared/db/embedded/open-embedded-database.ts';

// A process that opens the embedded database, says where, and has nothing that could tidy up.
const [folder, socketFolder] = process.argv.slice(2);
const { url } = await openEmbeddedDatabase({ folder, socketFolder });
process.stdout.write(`${url}\n`);
