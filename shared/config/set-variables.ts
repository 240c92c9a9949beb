/**
 * The variables of an environment that say something. One that is empty or blank is not set, as where a file says
 * `NAME=`: as a number it would be 0.
 */
export const setVariables = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));
