/** The form of an access token: what `auth` issues is exactly what every other function accepts. */
export const accessToken = {
  algorithm: 'EdDSA',
  type: 'at+jwt',
  audience: 'geocrop',
  /** Short, for an access token cannot be taken back. */
  lifetimeSeconds: 600,
  /** Far over the length of an honest token; longer ones are refused before anything is decoded. */
  maxLength: 2048,
} as const;

/** Who signs where a deployment has no public URL. */
export const defaultIssuer = 'geocrop';
