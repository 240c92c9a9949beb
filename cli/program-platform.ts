import type { Command } from 'commander';
import { defaultSeason } from '#shared/domain/season.ts';
import { roles } from '#shared/domain/user.ts';
import { Option } from 'commander';
import { brokenScenePolicies } from '#shared/domain/job.ts';
import { invoke } from './commands/invoke.ts';
import { cancelJob, deleteJob, listJobs, retryJob, showJob, submitJob, watch } from './commands/jobs.ts';
import { showLogs } from './commands/job-logs.ts';
import { login, logout } from './commands/login.ts';
import { getResults } from './commands/results.ts';
import { addUser, changePassword, disableUser, enableUser, listUsers } from './commands/users.ts';
import { defaultModel } from './commands/map.ts';
import type { CliContext } from './context.ts';

/** Adds a subcommand with the options that all have. */
export type AddCommand = (parent: Command, name: string, description: string) => Command;

const local = 'http://localhost:8080';
const passwordStdin = ['--password-stdin', 'read the password from standard input'] as const;

/** The commands of a running platform: start it, log in, jobs, results, users, functions. */
export function addPlatformCommands(program: Command, context: CliContext, add: AddCommand): void {
  add(program, 'start', 'Run the platform on this machine until Ctrl-C; the first start maps the demo.')
    .option('--dev', "run the functions' TypeScript instead of their bundles")
    .option('--no-demo', 'do not map the demo')
    .addHelpText(
      'after',
      '\nSettings are environment variables (docs/server.md): PORT, HOST, PUBLIC_URL, GEOCROP_HOME ...',
    )
    // Loaded when it is asked for: it brings the database, the runtime and the bundler.
    .action(async (options) => (await import('./commands/start.ts')).start(options, context));
  add(program, 'login', 'Log in to a deployment; the login is kept in the home.')
    .option('--url <address>', 'the deployment', local)
    .option('--name <user>', 'who logs in', 'admin')
    .option(...passwordStdin)
    .addHelpText('after', '\nExamples:\n  geocrop login\n  geocrop login --url https://maps.example.org --name thandi')
    .action((options) => login(options, context));
  add(program, 'logout', 'Forget the login.').action(() => logout(context));
  addJobs(add(program, 'jobs', 'Submit jobs and follow them.'), context, add);
  const results = add(program, 'results', 'Fetch the files of finished jobs.');
  add(results, 'get <job>', 'Fetch map.tif, map.png, report.json, item.json.')
    .requiredOption('--out <dir>', 'folder of the files')
    .option('--force', 'replace a result that is there')
    .action((job, options) => getResults(job, options, context));
  add(
    program,
    'invoke <function>',
    'Call a function of the deployment with your token; event streams are shown as they come.',
  )
    .option('--path <path>', 'path and query (default: / and the name)')
    .option('--data <json>', 'body of the request; - reads standard input')
    .option('--method <method>', 'GET, or POST where there is a body')
    .addHelpText(
      'after',
      '\nExamples:\n  geocrop invoke jobs\n  geocrop invoke auth --path /auth/me\n  geocrop invoke status --path /status/JOB/events',
    )
    .action((name, options) => invoke(name, options, context));
  addUsers(add(program, 'users', 'Manage accounts (admins).'), context, add);
  addKeeping(program, context, add);
}

/** The commands that keep a deployment: loaded when they are asked for, for they bring the database. */
function addKeeping(program: Command, context: CliContext, add: AddCommand): void {
  add(program, 'backup <file|folder>', 'Copy everything that is kept into one archive, while the platform runs.')
    .option('--with-parts', 'finished chunks too; without them they are computed again when they are needed')
    .option('--force', 'replace the file that is there')
    .addHelpText('after', '\nExamples:\n  geocrop backup /mnt/backups/\n  geocrop backup friday.tar --with-parts')
    .action(async (target, options) => (await import('./commands/backup.ts')).backup(target, options, context));
  add(program, 'restore <file>', 'Put everything back as a backup holds it; the platform must be stopped.')
    .option('--force', 'replace what is there; it is laid aside in the home')
    .addHelpText(
      'after',
      '\nExample:\n  geocrop restore /mnt/backups/geocrop-20260102T030405Z.tar\nAn archive of folders can be restored into servers, and the other way round: docs/keeping.md',
    )
    .action(async (file, options) => (await import('./commands/restore.ts')).restoreBackup(file, options, context));
  add(program, 'doctor', 'Look at disk, memory, versions, database, leases, queue, clock, servers and sources.').action(
    async () => (await import('./commands/doctor.ts')).doctor(context),
  );
}

function addJobs(jobs: Command, context: CliContext, add: AddCommand): void {
  add(jobs, 'submit', 'Submit a job.')
    .requiredOption('--source <id>', 'a source of the deployment, as demo or deafrica')
    .option('--at <lon,lat,radius_m>', 'circle: longitude first, radius 50 to 25000 m')
    .option('--aoi <file.geojson>', 'polygons instead of a circle')
    .requiredOption('--year <year>', 'year in which the season begins')
    .option('--season <name>', 'southern-summer or northern-summer', defaultSeason)
    .option('--model <name>', 'model to classify with', defaultModel)
    .addOption(new Option('--on-broken-scene <policy>', 'a scene that cannot be used').choices(brokenScenePolicies))
    .option('--accept-outside-model', 'map a place that the model was not made for, marked as such')
    .option('--idempotency-key <key>', 'the same key and request give the same job, however often it is sent')
    .option('--watch', 'follow the job to its end')
    .addHelpText(
      'after',
      '\nExample:\n  geocrop jobs submit --source demo --at 4.063,50.746,300 --year 2019 --season northern-summer --watch',
    )
    .action((options) => submitJob(options, context));
  add(jobs, 'list', 'Your jobs, new ones first; an admin sees all.')
    .option('--limit <n>', 'how many', '20')
    .option('--status <state>', 'accepted, running, successful, failed or dismissed')
    .action((options) => listJobs(options, context));
  add(jobs, 'show <job>', 'State, progress and summary of a job.').action((job) => showJob(job, context));
  add(jobs, 'watch <job>', 'Follow a job to its end.').action((job) => watch(job, context));
  add(jobs, 'logs <job>', "What the functions of this machine's platform logged of a job.").action((job) =>
    showLogs(job, context),
  );
  add(jobs, 'cancel <job>', 'Cancel an open job; what is finished of it is kept.').action((job) =>
    cancelJob(job, context),
  );
  add(jobs, 'delete <job>', 'Delete a job that has ended, and its map.').action((job) => deleteJob(job, context));
  add(jobs, 'retry <job>', 'Run a failed or cancelled job once more; what is finished is used again.').action((job) =>
    retryJob(job, context),
  );
}

function addUsers(users: Command, context: CliContext, add: AddCommand): void {
  add(users, 'list', 'All accounts.').action(() => listUsers(context));
  add(users, 'add <name>', 'Add an account.')
    .addOption(new Option('--role <role>', 'what it may do').choices(roles).default('analyst'))
    .option(...passwordStdin)
    .action((name, options) => addUser(name, options, context));
  add(users, 'passwd <name>', 'Change a password; ends the logins of that user.')
    .option(...passwordStdin)
    .action((name, options) => changePassword(name, options, context));
  add(users, 'disable <name>', 'Disable an account.').action((name) => disableUser(name, context));
  add(users, 'enable <name>', 'Enable it again.').action((name) => enableUser(name, context));
}
