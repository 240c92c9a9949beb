import { createRoute, z } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import type { Database } from '#shared/db/database.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { newPasswordSchema, roleSchema, userNameSchema, type User } from '#shared/domain/user.ts';
import type { AppEnv } from '#shared/http/app-env.ts';
import { authenticate, requireRole } from '#shared/http/authenticate.ts';
import type { App } from '#shared/http/create-app.ts';
import { bearerSecurity } from '#shared/http/open-api.ts';
import { problemResponses } from '#shared/http/problem-responses.ts';
import { localKeys } from '#shared/http/remote-keys.ts';
import type { AuthDeps } from './app.ts';
import { createUser, findUser, listUsers, updateUser } from './users.ts';
import type { WorkGate } from './work-gate.ts';

const userSchema = z
  .object({ id: z.uuid(), name: z.string(), role: roleSchema, disabled: z.boolean(), created_at: z.iso.datetime() })
  .openapi('User');

const newUserSchema = z
  .strictObject({ name: userNameSchema, password: newPasswordSchema, role: roleSchema })
  .openapi('NewUser');

const changeSchema = z
  .strictObject({
    password: newPasswordSchema.optional(),
    role: roleSchema.optional(),
    disabled: z.boolean().optional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'name what to change: password, role or disabled')
  .openapi('UserChange');

const pageSchema = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  after: userNameSchema.optional().openapi({ description: 'name of the last user of the page before' }),
});

const usersSchema = z
  .object({
    users: z.array(userSchema),
    next: z.string().nullable().openapi({ description: '`after` of the next page' }),
  })
  .openapi('Users');

const json = <T extends z.ZodType>(schema: T) => ({ 'application/json': { schema } });
const admin = problemResponses('invalid-request', 'unauthenticated', 'forbidden');
const common = { tags: ['users'], security: bearerSecurity };

const meRoute = createRoute({
  ...common,
  method: 'get',
  path: '/auth/me',
  operationId: 'showMe',
  responses: {
    200: { description: 'the user of the token', content: json(userSchema) },
    ...problemResponses('unauthenticated'),
  },
});

const listRoute = createRoute({
  ...common,
  method: 'get',
  path: '/auth/users',
  operationId: 'listUsers',
  request: { query: pageSchema },
  responses: { 200: { description: 'users by name', content: json(usersSchema) }, ...admin },
});

const createUserRoute = createRoute({
  ...common,
  method: 'post',
  path: '/auth/users',
  operationId: 'createUser',
  request: { body: { required: true, content: json(newUserSchema) } },
  responses: {
    201: { description: 'the new user', content: json(userSchema) },
    ...admin,
    ...problemResponses('conflict', 'unavailable'),
  },
});

const updateUserRoute = createRoute({
  ...common,
  method: 'patch',
  path: '/auth/users/{name}',
  operationId: 'updateUser',
  request: { params: z.object({ name: userNameSchema }), body: { required: true, content: json(changeSchema) } },
  responses: {
    200: { description: 'the user as it is now', content: json(userSchema) },
    ...admin,
    ...problemResponses('not-found', 'conflict', 'unavailable'),
  },
});

/** Who am I; for admins: list, create, change users. */
export function addUserRoutes(app: App, deps: AuthDeps, gate: WorkGate): void {
  const policy = { issuer: deps.issuer, keys: localKeys({ keys: [deps.key.publicJwk] }) };
  app.use('/auth/me', authenticate(policy), refreshUser(deps.db));
  app.use('/auth/users/*', authenticate(policy), refreshUser(deps.db), requireRole('admin'));
  app.openapi(meRoute, async (c) => c.json(userAnswer(await presentUser(c, deps.db)), 200));
  app.openapi(listRoute, async (c) => {
    const { limit, after } = c.req.valid('query');
    const found = await listUsers(deps.db, { limit: limit + 1, after });
    const users = found.slice(0, limit);
    return c.json({ users: users.map(userAnswer), next: found.length > limit ? users[limit - 1].name : null }, 200);
  });
  app.openapi(createUserRoute, async (c) => {
    const user = await gate(() => createUser(deps.db, c.req.valid('json')));
    c.var.log.info('User:Create', { by: c.var.user.id, of: user.id, role: user.role });
    return c.json(userAnswer(user), 201, { location: `/auth/users/${user.name}` });
  });
  app.openapi(updateUserRoute, async (c) => {
    const change = c.req.valid('json');
    const user = await gate(() => updateUser(deps.db, c.req.valid('param').name, change));
    c.var.log.info('User:Change', { by: c.var.user.id, of: user.id, changed: Object.keys(change) });
    return c.json(userAnswer(user), 200);
  });
}

const userAnswer = ({ id, name, role, disabled, createdAt }: User): z.infer<typeof userSchema> => ({
  id,
  name,
  role,
  disabled,
  created_at: createdAt.toISOString(),
});

/** A token outlives a change by minutes; where users are managed the present row counts. */
const refreshUser =
  (db: Database): MiddlewareHandler<AppEnv> =>
  async (c, next) => {
    const { id, name, role } = await presentUser(c, db);
    c.set('user', { id, name, role });
    await next();
  };

async function presentUser(c: Context<AppEnv>, db: Database): Promise<User> {
  const user = await findUser(db, c.var.user.id);
  if (user && !user.disabled) return user;
  c.header('WWW-Authenticate', 'Bearer realm="geocrop", error="invalid_token"');
  throw new GeoCropError('unauthenticated', 'this account is disabled or gone', { field: 'Authorization' });
}
