/** Everything that a restore writes beside its place has a name that tells of which restore it is. */
export const stagingForm = /^\.restore-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const stagingFolder = (restore: string): string => `.restore-${restore}`;

export const restoreOf = (staging: string): string => staging.slice('.restore-'.length);

export const stagedSchemaName = (restore: string): string =>
  `geocrop_restore_${restore.replaceAll('-', '').slice(0, 12)}`;
