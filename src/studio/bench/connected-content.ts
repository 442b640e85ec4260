import { type Context, type Emitter, type Liquid, Tag, type TagToken, type Template } from 'liquidjs';
import { type Content, readContent } from './answer-rules.ts';
import { type CallParts, requestOf } from './call-request.ts';
import { type CallTag, optionOf, type Piece } from './call-tag.ts';
import type { Calls, Used } from './calls.ts';
import { checkUrl } from './check-url.ts';
import { BoundedEmitter, type TagClass } from './engine.ts';
import type { Notes } from './notes.ts';
import { translatePiece } from './translate.ts';

/** What the tags of one evaluation share. */
export type CallScope = {
  readonly tags: readonly CallTag[];
  readonly calls: Calls;
  readonly notes: Notes;
  /** Of anything that comes out of a tag. */
  readonly mostCharacters: number;
  /** Whether the message reads the variable `connected`. */
  readonly readsConnected: boolean;
  /** Evaluates the Liquid in an answer. */
  readonly rerender: (body: string, context: Context, line: number) => Generator<unknown, string, unknown>;
  /** To be called after each wait, which is not evaluation. */
  readonly rearm: (context: Context) => void;
};

/** `{% connected_content 0 %}`: the number of the tag. */
export function connectedContent(scope: CallScope): TagClass {
  return class extends Tag {
    readonly #tag: CallTag;
    readonly #parts: Parts;

    constructor(token: TagToken, remaining: ConstructorParameters<TagClass>[1], liquid: Liquid) {
      super(token, remaining, liquid);
      const tag = scope.tags[Number(token.args)];
      if (!tag) throw new Error('Connected Content is not understood here');
      this.#tag = tag;
      this.#parts = new Parts(tag, liquid, scope.mostCharacters);
    }

    override *render(context: Context, emitter: Emitter): Generator<unknown, void, unknown> {
      const tag = this.#tag;
      const parts = yield* this.#parts.render(context);
      const call = requestOf(parts);
      if (!call) scope.notes.problem(optionOf(tag, 'headers')?.line ?? tag.line, HEADERS);
      const isCalled = call && checkUrl(call.url, tag.line, scope.notes);
      const used = isCalled ? ((yield scope.calls.make(tag, call)) as Used | null) : null;
      scope.rearm(context);
      const body =
        used && optionOf(tag, 'rerender') ? yield* scope.rerender(used.body, context, tag.line) : null;
      put(used && readContent(body ?? used.body, used.status), tag, scope, context, emitter);
    }
  };
}

/** Text is inserted where the tag stands; JSON, and whatever is to be saved, comes into a variable. */
function put(
  content: Content | null,
  tag: CallTag,
  { calls, notes, readsConnected }: CallScope,
  context: Context,
  emitter: Emitter,
): void {
  const name = optionOf(tag, 'save')?.value?.text ?? null;
  if (content?.kind === 'text' && name === null) {
    emitter.write(content.value);
    return;
  }
  if (content?.kind === 'json' && name === null && !readsConnected) notes.warning(tag.line, CONNECTED);
  const variable = name ?? 'connected';
  const value = content?.value ?? null;
  Object.assign(context.bottom(), { [variable]: value });
  if (content) calls.saved.push({ variable, value });
}

/** The parts of a tag, each a small template on its own line. */
class Parts {
  readonly #tag: CallTag;
  readonly #liquid: Liquid;
  readonly #mostCharacters: number;
  readonly #templates = new Map<Piece, Template[]>();

  constructor(tag: CallTag, liquid: Liquid, mostCharacters: number) {
    this.#tag = tag;
    this.#liquid = liquid;
    this.#mostCharacters = mostCharacters;
    for (const piece of [tag.url, ...tag.options.map(({ value }) => value)]) {
      if (piece) this.#templates.set(piece, liquid.parse(translatePiece(piece)));
    }
  }

  *render(context: Context): Generator<unknown, CallParts, unknown> {
    const credentials = optionOf(this.#tag, 'basic_auth') ?? optionOf(this.#tag, 'auth_credentials');
    return {
      url: (yield* this.#one(this.#tag.url, context)) ?? '',
      method: optionOf(this.#tag, 'method')?.value?.text ?? 'get',
      headers: yield* this.#option('headers', context),
      body: yield* this.#option('body', context),
      contentType: yield* this.#option('content_type', context),
      credentials: yield* this.#one(credentials?.value ?? null, context),
    };
  }

  #option(name: string, context: Context): Generator<unknown, string | null, unknown> {
    return this.#one(optionOf(this.#tag, name)?.value ?? null, context);
  }

  *#one(piece: Piece | null, context: Context): Generator<unknown, string | null, unknown> {
    const templates = piece && this.#templates.get(piece);
    if (!piece || !templates) return null;
    const emitter = new BoundedEmitter(this.#mostCharacters);
    yield this.#liquid.renderer.renderTemplates(templates, context, emitter);
    return emitter.buffer.slice(piece.line - 1);
  }
}

const HEADERS =
  'The :headers come out as no JSON object, so nothing is called. Write {"Name": "value"}, and escape values with | json_escape.';
const CONNECTED =
  'The answer is JSON, which Braze keeps in the variable connected instead of inserting it, and nothing here reads that. Name it with :save, or call the placement with .html or .txt.';
