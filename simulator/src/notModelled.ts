/** Thrown where the model has no answer; `simulate` turns it into a result. Never leaves this package. */
export class NotModelled extends Error {
  /** `message`: what it is that the model does not cover, as a clause that can follow "not modelled:". */
  override readonly name = 'NotModelled';
}
