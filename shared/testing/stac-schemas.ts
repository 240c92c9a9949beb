import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';

const folder = fileURLToPath(new URL('fixtures/stac-schemas/', import.meta.url));
const itemSpec = 'https://schemas.stacspec.org/v1.1.0/item-spec/json-schema/';
const projJson = 'https://proj.org/schemas/v0.7/projjson.schema.json';

const readSchemas = (name: string) =>
  readdirSync(`${folder}${name}`).map((file) => [file, JSON.parse(readFileSync(`${folder}${name}/${file}`, 'utf8'))]);

/** The core schema and those of the extensions that are here, by address; formats (`date-time`, `uri`) are not judged. */
function loadSchemas(): Ajv {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  for (const [file, schema] of readSchemas('stac-spec')) ajv.addSchema(schema, `${itemSpec}${file}`);
  for (const [, schema] of [...readSchemas('geojson'), ...readSchemas('extensions')]) ajv.addSchema(schema);
  // PROJJSON is not used; whoever comes to use it has to bring its schema.
  ajv.addSchema({ not: {} }, projJson);
  return ajv;
}

function schemaOf(ajv: Ajv, address: string): ValidateFunction {
  const found = ajv.getSchema(address);
  if (!found) throw new Error(`the schema ${address} is not among the fixtures`);
  return found;
}

/** What the official schemas object to in an item of STAC 1.1.0, its extensions included. */
export function stacItemFaults(item: { stac_extensions: readonly string[] }): string[] {
  const ajv = loadSchemas();
  return [`${itemSpec}item.json`, ...item.stac_extensions].flatMap((address) => {
    const validate = schemaOf(ajv, address);
    return validate(item) ? [] : (validate.errors ?? []).map((error) => describe(address, error));
  });
}

const describe = (address: string, { instancePath, message, params }: ErrorObject) =>
  `${address}: ${instancePath || 'the item'} ${message} ${JSON.stringify(params)}`;
