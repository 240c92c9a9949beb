import { featureSet } from '#shared/features/feature-names.ts';
import { projectRoot } from '#shared/config/project-root.ts';
import { readSources, sourcesFileOf } from '#shared/config/sources.ts';
import { findModel, installedNames } from '#shared/model/model-folder.ts';
import { AlreadyTold } from '../already-told.ts';
import type { CliContext } from '../context.ts';
import { examine } from '../keep/doctor/examine.ts';
import type { Finding } from '../keep/doctor/finding.ts';
import { keepSettings } from '../keep/keep-settings.ts';

/** Says what is well with the deployment that the environment names and what is not; fails where something fails. */
export async function doctor(context: CliContext): Promise<void> {
  const settings = keepSettings();
  const folders = context.settings.modelFolders;
  const findings = await examine({
    settings,
    product: context.product,
    nodeVersion: process.version,
    sources: async () => readSources(await sourcesFileOf(settings, projectRoot)),
    models: async () => Promise.all((await installedNames(folders)).map((name) => versionOf(name, folders))),
    fetchUrl: fetch,
  });
  const failed = findings.filter(({ level }) => level === 'fail').length;
  const warned = findings.filter(({ level }) => level === 'warn').length;
  const end = failed + warned === 0 ? 'all is well' : `${failed} failed, ${warned} to look at`;
  context.print([...findings.map(lineOf), end].join('\n'), { failed, warned, findings });
  if (failed > 0) throw new AlreadyTold(`${failed} of ${findings.length} checks failed`);
}

async function versionOf(name: string, folders: readonly string[]) {
  const found = await findModel(name, folders, featureSet).catch(() => null);
  return { name, version: found?.manifest.version ?? null };
}

const lineOf = ({ level, name, text, todo }: Finding): string =>
  `${level.padEnd(5)} ${name.padEnd(14)} ${text}${todo ? `\n${' '.repeat(21)}-> ${todo}` : ''}`;
