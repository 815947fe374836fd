import type { AuthorizationReport, Change, GateReport, Report, Rule, TestReport, Tiered } from "./wire.js";

export type * from "./wire.js";

declare global {
  /** As in TypeScript's `esnext.disposable`, which a project need not have for these declarations. */
  interface SymbolConstructor {
    readonly dispose: unique symbol;
  }
}

/** A replacement of a half-open range, counted in UTF-16 code units as JavaScript's strings are. */
export interface FileEdit {
  from: number;
  to: number;
  /** Half of a surrogate pair is refused: it is no character. */
  insert: string;
}

export interface CheckOptions {
  /**
   * What counts as now: a `Date`, or RFC 3339 text. The clock unless given; name it where the same files
   * must give the same report on another day.
   */
  asOf?: string | Date;
}

export interface RenderOptions extends CheckOptions {
  format: string;
}

export interface TestOptions extends CheckOptions {
  /** Only cases with this text in the names of suite and case. */
  filter?: string;
  /** Only cases with one of these tags. */
  tags?: string[];
  /** Leave out what comes after the first case that does not pass. */
  failFast?: boolean;
  /** Find out what no case reaches. */
  coverage?: boolean;
  /** Find out which edits of the policies no case would notice. */
  mutation?: boolean;
  /** Look for cases that would close what is open. */
  suggest?: boolean;
  /** Only cases that can reach one of these policies, whose coverage, mutants and suggestions alone count. */
  policies?: string[];
  /** Another bundle, for `changedOnly`, or `tests: { changed_only: true }` in portcullis.yaml. */
  base?: Base;
  /** Of these, only the policies count that `base` does not have in the same form. */
  changedOnly?: boolean;
}

export interface TestRenderOptions extends TestOptions {
  format: "text" | "json" | "junit" | "github" | "markdown" | "lcov";
}

export interface CompareOptions {
  /** Whether entities that a request names may be missing: reading their attributes then fails. They are there if left out. */
  partialEntities?: boolean;
}

export interface CompareRenderOptions extends CompareOptions {
  format: "text" | "json" | "github" | "markdown";
}

export interface TierOptions {
  /** What counts as now, in RFC 3339 or as a Date. The clock if left out. */
  asOf?: string | Date;
  /** The bundle as it was last approved: small steps since then are added up. */
  baseline?: Base;
  /** The text of the change record. */
  record?: string;
  /** The text of a directory of people that stands in for the base's. */
  directory?: string;
}

export interface TierRenderOptions extends TierOptions {
  format: "text" | "json" | "markdown";
}

/** Another bundle: a workspace, or the contents of files by path. */
export type Base =
  | Workspace
  | ReadonlyMap<string, string | Uint8Array>
  | Readonly<Record<string, string | Uint8Array>>;

/** Who had a part in a change, where the host knows that better than the change record. */
export interface Actors {
  author: string;
  drafter: { kind: "human" | "service" | "agent" | "model"; id: string; prompt?: string };
  lastEditor: string;
}

export interface GateOptions extends CheckOptions {
  /** The text of a directory that stands in for the base's `directory.yaml`. */
  directory?: string;
  /** The text of the log of changes. */
  log?: string;
  /** The bundle as it was last approved in full: the steps since then are added up. */
  baseline?: Base;
  /** With this the author need not have signed the record. */
  actors?: Actors;
}

export interface GateRenderOptions extends GateOptions {
  format: "text" | "json" | "markdown" | "sarif" | "oscal";
}

/** Who wants to do what. Entities are written as in Cedar, as `App::User::"alice"`; the rest is Cedar's JSON. */
export interface AuthorizationRequest {
  principal: string;
  action: string;
  resource: string;
  context?: object;
  /** Which gateway asks, where approvals are for one alone. */
  audience?: string;
  /** In the place of the bundle's entities. */
  entities?: readonly object[];
  /** Those on whose behalf, each of whom needs the permission; the context is that of the request unless given. */
  hops?: readonly { principal: string; context?: object }[];
}

export interface AuthorizeOptions extends CheckOptions {
  /** Approvals of the request, as `portcullis authorize --approve` writes them: DSSE envelopes. */
  approvals?: readonly object[];
  /** The text of a directory that stands in for the bundle's `directory.yaml`. */
  directory?: string;
}

/** A bundle of policies: its files, and everything computed from them so far. */
export interface Workspace {
  /** Adds or replaces a file. What it is follows from its path. */
  setFile(path: string, contents: string | Uint8Array): void;
  /** Replaces a range of a file. Only the edit crosses into WebAssembly, not the document. */
  editFile(path: string, edit: FileEdit): void;
  removeFile(path: string): void;
  /**
   * Notes what lies in the bundle's folder and was not read, a link for instance: others may read it, so the gate lets no
   * change with it pass, of this bundle and of one that has it as its base.
   */
  leaveOut(path: string): void;
  /** Finds everything that is wrong with the bundle. What the user wrote never makes it throw. */
  check(options?: CheckOptions): Report;
  /** Runs the policy tests of the bundle; with a format, gives the report as text in that format. */
  test(options?: TestOptions): TestReport;
  test(options: TestRenderOptions): string;
  /**
   * Proves what this bundle newly allows and newly denies against another; with a format, gives that as text in that
   * format. It depends on nothing but the files of both and the options.
   */
  compare(base: Base, options?: CompareOptions): Change;
  compare(base: Base, options: CompareRenderOptions): string;
  /**
   * Says how risky it is to replace another bundle by this one, why, and what must be done first; with a format, as text
   * in that format. Without a base (`null`) the whole bundle is new.
   */
  tier(base: Base | null, options?: TierOptions): Tiered;
  tier(base: Base | null, options: TierRenderOptions): string;
  /**
   * Whether this bundle may replace `base`: the text of the change record says who wants that and who approved
   * it, and the base says by what it is decided. With a format, gives the answer as text in that format.
   */
  gate(base: Base, change: string, options?: GateOptions): GateReport;
  gate(base: Base, change: string, options: GateRenderOptions): string;
  /**
   * What the policies say to a request, and what it must wait for: `allow`, `deny` or `approval_required`. The request may
   * be the text of its JSON, for numbers beyond 2^53. Where a part of the bundle cannot be read, it throws.
   */
  authorize(request: AuthorizationRequest | string, options?: AuthorizeOptions): AuthorizationReport;
  /** The report of a check in one of the formats of the command line. */
  render(options: RenderOptions): string;
  /** Gives the memory back. Any later call throws. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/**
 * What every function here throws.
 *
 * `usage`: the API was used in a way that it does not allow, as with an argument of another type or an option that it does
 * not have, and nothing was changed. `trap`: the engine
 * stopped, which is a defect of Portcullis; the call gave no answer, and the next one runs in a fresh
 * instance over the same files. `disposed`: the workspace was disposed of.
 */
export class PortcullisError extends Error {
  readonly kind: "usage" | "trap" | "disposed";
}

/** An empty bundle. The module is loaded and compiled on the first call only. */
export function createWorkspace(): Promise<Workspace>;

/** Every code that a finding can have, by code. */
export function rules(): Promise<Rule[]>;
