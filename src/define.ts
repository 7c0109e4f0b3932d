/** Gives `object` a property; false if it takes none. The descriptor inherits nothing, since a library of the program's
 *  may have given every object a `get` (Sugar does), with which a value would be refused. */
export function define(object: object, name: string | symbol, own: PropertyDescriptor): boolean {
  return Reflect.defineProperty(object, name, Object.assign(Object.create(null), own));
}
