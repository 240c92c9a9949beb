/** A command has printed all there is to say; what is left is to end as failed. */
export class AlreadyTold extends Error {
  override readonly name = 'AlreadyTold';
}
