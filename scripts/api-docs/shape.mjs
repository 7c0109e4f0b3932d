// What the reference shows differently from how TypeDoc finds it: each is a change that a reader of
// the page would make by hand.
import {
  CommentTag,
  Converter,
  ParameterReflection,
  ReflectionFlag,
  ReflectionKind,
  TypeScript as ts,
  UnknownType,
} from "typedoc";

/** Of a rest parameter's tuples, the one that has everything that may be given: the longest. */
function longestTuple(type) {
  const tuples = type?.type === "union" ? type.types : [type];
  if (!tuples.every((one) => one?.type === "tuple")) return undefined;
  return tuples.reduce((a, b) => (b.elements.length > a.elements.length ? b : a));
}

/** `recv(bufsize, flags?, options?)`: the `...rest` is there to tell the compiler that the options follow
 * the last argument given. */
function spreadRest(signature) {
  const rest = signature.parameters?.at(-1);
  const tuple = rest?.flags.isRest ? longestTuple(rest.type) : undefined;
  if (tuple === undefined) return;
  signature.parameters.pop();
  for (const { name, element } of tuple.elements) {
    const parameter = new ParameterReflection(name, ReflectionKind.Parameter, signature);
    parameter.type = element;
    parameter.setFlag(ReflectionFlag.Optional, true);
    signature.parameters.push(parameter);
  }
}

/** Makes one list of several `@throws {SocketError} EBADF`, with the classes, which TypeDoc leaves out. */
function listErrors(comment) {
  const errors = comment.blockTags.filter((tag) => tag.tag === "@throws");
  if (errors.length === 0) return;
  const content = errors.flatMap(({ typeAnnotation, content: text }) => {
    const type = typeAnnotation?.slice(1, -1);
    const start = type === undefined ? "- " : `- \`${type}\`: `;
    return [{ kind: "text", text: start }, ...text, { kind: "text", text: "\n" }];
  });
  comment.blockTags = comment.blockTags.filter((tag) => tag.tag !== "@throws");
  comment.blockTags.push(new CommentTag("@throws", content));
}

/** `[AF_INET]` for a property that TypeDoc calls `2`. */
function nameAsWritten(reflection, context) {
  const symbol = context.getSymbolFromReflection(reflection);
  const name = symbol?.declarations?.[0]?.name;
  if (name && ts.isComputedPropertyName(name)) reflection.name = name.getText();
}

/** `readonly family: F` for a getter. */
function showAsProperty(accessor) {
  const getter = accessor.getSignature;
  if (getter === undefined || accessor.setSignature !== undefined) return;
  accessor.kind = ReflectionKind.Property;
  accessor.type = getter.type;
  accessor.comment = getter.comment;
  accessor.setFlag(ReflectionFlag.Readonly, true);
  delete accessor.getSignature;
}

/** `F extends Family = typeof AF_INET` for `F extends number = 2`. */
function typeAsWritten(parameter, context) {
  const declarations = context.getSymbolFromReflection(parameter)?.declarations;
  const declaration = declarations?.find(ts.isTypeParameterDeclaration);
  for (const [key, node] of [
    ["type", declaration?.constraint],
    ["default", declaration?.default],
  ]) {
    if (node) parameter[key] = new UnknownType(node.getText());
  }
}

/** The classes and interfaces that the public ones are made of are not names for a user. */
function forgetParents(reflection) {
  for (const from of ["inheritedFrom", "overwrites", "implementationOf"]) delete reflection[from];
  const isPublic = (type) => type.type !== "reference" || type.reflection !== undefined;
  for (const types of ["extendedTypes", "implementedTypes", "extendedBy"]) {
    reflection[types] = reflection[types]?.filter(isPublic);
    if (reflection[types]?.length === 0) delete reflection[types];
  }
}

/** The type that a property is declared with. For an inherited one TypeDoc has the resolved type, and
 * `ConstantName` resolves to 2,265 names. */
function declaredType(property, context) {
  const declaration = context.getSymbolFromReflection(property)?.declarations?.[0];
  if (!declaration || !ts.isPropertySignature(declaration) || !declaration.type) return;
  if (declaration.parent.name?.text === property.parent.name) return;
  property.type = context.converter.convertType(context.withScope(property), declaration.type);
}

export function shape(app) {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    if (reflection.kind === ReflectionKind.Property) declaredType(reflection, context);
  });
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    for (const reflection of Object.values(context.project.reflections)) {
      forgetParents(reflection);
      if (reflection.kindOf(ReflectionKind.Accessor)) showAsProperty(reflection);
      if (reflection.kindOf(ReflectionKind.TypeParameter)) typeAsWritten(reflection, context);
      if (reflection.kindOf(ReflectionKind.SomeSignature)) spreadRest(reflection);
      if (reflection.kindOf(ReflectionKind.ClassOrInterface | ReflectionKind.SomeMember))
        nameAsWritten(reflection, context);
      if (reflection.comment) listErrors(reflection.comment);
    }
  });
}
