/** Thrown where the model has no answer; `simulate` turns it into a result. Never leaves this package. */
export class NotModelled extends Error {
  /** `message`: what it is that the model does not cover, as a clause that can follow "not modelled:". */
  override readonly name: string = 'NotModelled';
}

/** A lock is dropped by who does not hold it so, or taken by who holds it: the kernel would hang or break. */
export class LockMisuse extends NotModelled {
  override readonly name = 'LockMisuse';
}
