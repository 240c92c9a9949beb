import { Command, Option } from 'commander';
import { brokenScenePolicies } from '#shared/domain/job.ts';
import { defaultSeason } from '#shared/domain/season.ts';
import { addModel, listModels } from './commands/models.ts';
import { runDemo } from './commands/demo.ts';
import { tableFeatures } from './commands/features-table.ts';
import { defaultModel, mapArea, mapFeatures, type Finished } from './commands/map.ts';
import { printVersion } from './commands/version.ts';
import type { CliContext } from './context.ts';
import { addPlatformCommands } from './program-platform.ts';
import { summary } from './summary.ts';

const deafrica = 'https://explorer.digitalearth.africa/stac';

const exits = `
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 input refused, 130 interrupted.
With --json, standard output is one JSON document, of an error too.`;

const mapExamples = `
Examples:
  a season of Digital Earth Africa, 2 km round a point (longitude first):
    geocrop map --stac ${deafrica} --at 31.05,-17.83,2000 --year 2022 --model NAME --out harare
    (the model that comes with geocrop is for the temperate north; "geocrop models add" installs one for the south)
  the demo season, without a network:
    geocrop map --stac samples/season-flanders-2019 --at 4.063,50.746,300 --year 2019 --season northern-summer --out flanders
  what it would cost, first:
    geocrop map --stac samples/season-flanders-2019 --at 4.063,50.746,300 --year 2019 --season northern-summer --dry-run
${exits}`;

/** The options that say where, when and from what. */
function areaOptions(command: Command, needsStac = true): Command {
  const stac = new Option('--stac <url|directory>', 'STAC API, static catalog or season pack');
  return command
    .addOption(stac.makeOptionMandatory(needsStac))
    .option('--at <lon,lat,radius_m>', 'circle: longitude first, radius 50 to 25000 m')
    .option('--aoi <file.geojson>', 'polygons instead of a circle, up to 2500 km2')
    .requiredOption('--year <year>', 'year in which the season begins')
    .option(
      '--season <name>',
      'southern-summer (September to May) or northern-summer (March to November)',
      defaultSeason,
    )
    .option('--collection <id>', 'collection of the catalog; chosen where there is one of Sentinel-2 L2A')
    .addOption(
      new Option('--on-broken-scene <policy>', 'a scene that cannot be used')
        .choices(brokenScenePolicies)
        .default('fail'),
    );
}

/** The options of what computes and writes a result. */
const runOptions = (command: Command): Command =>
  command
    .option('--workers <n>', 'threads that compute, up to four in a process (default: one per core, as memory allows)')
    .option('--force', 'replace a result that is there');

const need = (command: Command, out: string | undefined, what = '<dir>'): string =>
  out ?? command.error(`error: required option '--out ${what}' not specified`);

/** The command line: declarations here, the work in `commands`; what reads rasters is loaded when it is asked for. */
export function buildProgram(context: CliContext): Command {
  const program = new Command('geocrop')
    .description('Crop maps from Sentinel-2 time series: a 10 m map with confidence, hectares and provenance.')
    .option('--json', 'print one JSON document instead of text')
    .option('--version', 'print version, commit, kernel and models')
    .addHelpText('after', `\nStart here:\n  geocrop demo\n  geocrop map --help\n${exits}`)
    .exitOverride()
    .configureOutput({
      writeErr: (text) => context.json || process.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'geocrop: ')),
    })
    .showHelpAfterError('(add --help for all options and examples)')
    .allowExcessArguments()
    .action(async (options) => {
      if (program.args.length > 0) throw unknownCommand(program, program.args[0]);
      return options.version ? printVersion(context) : program.help();
    });
  const add = (name: string, description: string) => addTo(program, name, description);
  const show = ({ report, folder }: Finished) => context.print(summary(report, folder), { folder, ...report });

  runOptions(
    add('demo', 'Map the demo season that comes with the program (Flanders 2019) and compare it with its labels.'),
  )
    .option('--out <dir>', 'folder of the result (default: .geocrop/demo, whose result it replaces)')
    .action(async (options) => show(await runDemo(options, context)));

  const map = runOptions(areaOptions(add('map', 'Map an area: map.tif, item.json, report.json, map.png.')))
    .option('--model <name>', 'model to classify with', defaultModel)
    .option('--accept-outside-model', 'map a place that the model was not made for, marked as such')
    .option('--out <dir>', 'folder of the result')
    .option('--dry-run', 'only say what it would read and how long it would take')
    .addHelpText('after', mapExamples)
    .action(async (options) => {
      if (options.dryRun) return (await import('./commands/dry-run.ts')).dryRun(options, context);
      show(await mapArea({ ...options, out: need(map, options.out) }, context));
    });

  addFeatures(add, context, show);

  areaOptions(add('pack', 'Copy what a map of an area needs into a season pack, for work without a line.'))
    .requiredOption('--out <dir>', 'folder of the pack; an unfinished pack is continued')
    .addHelpText(
      'after',
      `\nExample:\n  geocrop pack --stac ${deafrica} --at 31.05,-17.83,2000 --year 2022 --out harare-2022\n${exits}`,
    )
    .action(async (options) => (await import('./commands/pack.ts')).packSeason(options, context));

  const models = add('models', 'List or install models.');
  addTo(models, 'list', 'The models that can be used.').action(() => listModels(context));
  addTo(models, 'add <dir>', 'Check a bundle (model.json, ONNX files, samples.json) and install it.')
    .option('--force', 'replace a model of the same name')
    .addHelpText('after', `\nExample:\n  geocrop models add samples/models/temperate\n${exits}`)
    .action((dir, options) => addModel(dir, context, options.force ?? false));
  addBaselines(add('baselines', 'Install, list or remove baselines: land-cover maps to compare with.'), context);
  addPlatformCommands(program, context, addTo);
  return program;
}

const addTo = (parent: Command, name: string, description: string): Command =>
  parent.command(name).description(description).option('--json', 'print one JSON document instead of text');

const baselineExamples = `
Examples:
  Dynamic World, as exported from Earth Engine in pieces:
    geocrop baselines import dw_2022-*.tif --kind dynamic-world --year 2022
  ESA WorldCover, its published tiles:
    geocrop baselines import ESA_WorldCover_10m_2021_v200_S18E030_Map.tif --kind worldcover --year 2021
How to export them, and what cannot be told apart: docs/baselines.md
${exits}`;

function addBaselines(baselines: Command, context: CliContext): void {
  const load = () => import('./commands/baselines.ts');
  addTo(baselines, 'import <files...>', 'Make one baseline of the GeoTIFFs of an export.')
    .requiredOption('--kind <kind>', 'dynamic-world or worldcover')
    .requiredOption('--year <year>', 'year of the map; of a summer, the one in which it begins')
    .option('--region <name>', 'short name of the region', 'zim')
    .option('--season <name>', 'of Dynamic World: short name of the season', 'summer')
    .option('--nodata <value>', 'value of the files that means no data, or none (default: what each file says)')
    .option('--force', 'replace the baseline that is there')
    .addHelpText('after', baselineExamples)
    .action(async (files, options) => (await load()).addBaseline(files, options, context));
  addTo(baselines, 'list', 'The baselines that are installed.').action(async () =>
    (await load()).listBaselines(context),
  );
  addTo(baselines, 'remove <id>', 'Remove a baseline.').action(async (id) =>
    (await load()).removeBaseline(id, context),
  );
}

function unknownCommand(program: Command, name: string): never {
  const known = program.commands.map((command) => command.name()).join(', ');
  return program.error(`error: there is no command "${name}"; commands: ${known}`);
}

function addFeatures(
  add: (name: string, description: string) => Command,
  context: CliContext,
  show: (finished: Finished) => void,
): void {
  const features = add('features', 'Compute the 51 features of an area (features.tif) or of a table.').option(
    '--table <series.csv>',
    'series instead of scenes: columns id, date, B03, B04, B05, B07, B08, B11 (digital numbers)',
  );
  runOptions(areaOptions(features, false))
    .option('--out <file>', 'features.tif, or the CSV of a table')
    .addHelpText(
      'after',
      `\nExamples:\n  geocrop features --stac samples/season-flanders-2019 --at 4.063,50.746,300 --year 2019 --season northern-summer --out features.tif\n  geocrop features --table series.csv --year 2019 --season northern-summer --out features.csv\n${exits}`,
    )
    .action(async (options) => {
      const out = need(features, options.out, '<file>');
      if (options.table) return tableFeatures({ ...options, out }, context);
      if (!options.stac) features.error('error: name the input: --stac <url|directory> or --table <series.csv>');
      show(await mapFeatures({ ...options, out }, context));
    });
}
