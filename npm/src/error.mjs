export class PortcullisError extends Error {
  constructor(kind, message, options) {
    super(message, options);
    this.name = "PortcullisError";
    this.kind = kind;
  }
}
